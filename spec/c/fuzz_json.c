/* libFuzzer target: the JSON reader must agree with jansson on what is JSON, where the
 * two mean to agree, and never look beyond the end. Run by tools/fuzz.sh. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ig_json.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* True: JSON. *apart: something on which jansson differs by its own choice. */
static int reads(const char *data, size_t size, int *apart)
{
  char *text = malloc(size ? size : 1);
  struct ig_json json;
  enum ig_json_event event;

  memcpy(text, data, size);
  ig_json_init(&json, text, size);
  do {
    event = ig_json_next(&json);
    if (event == IG_JSON_INTEGER && !json.exact)
      *apart = 1; /* jansson: within 64 bits only */
    if ((event == IG_JSON_KEY || event == IG_JSON_STRING) && json.escaped)
      *apart = 1; /* lone surrogates; zeros in keys */
  } while (event != IG_JSON_END && event != IG_JSON_ERROR);
  free(text);
  return event == IG_JSON_END;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
  int apart = 0, ours = reads((const char *)data, size, &apart);
  json_error_t error;
  json_t *oracle = json_loadb((const char *)data, size,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

  /* Ours is the stricter about depth (64 against 2048). */
  if (!apart && ours && !oracle)
    abort();
  if (!apart && !ours && oracle && !memchr(data, '\\', size) && size < 64)
    abort();
  json_decref(oracle);
  return 0;
}
