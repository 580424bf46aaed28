/* Masks secrets in texts that are about to be shown (ig_redact), and in bodies before
 * anybody reads them (ig_scrub). Belongs to ig_url.h. */

#include <stdint.h>
#include <string.h>

#include "ig_find.h"
#include "ig_url.h"

/* One character of a text that may be JSON-escaped and then percent-encoded. */
struct letter {
  char c;
  int depth;   /* how often it was percent-encoded */
  size_t size; /* bytes it takes in the text */
};

enum { MAX_DEPTH = 2 };

static bool is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Undoes the JSON escapes of ASCII characters; any other backslash stands for itself.
 * */
static struct letter json_letter(const char *at, const char *end)
{
  static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  struct letter letter = { *at, 0, 1 };
  const char *escape;

  if (*at != '\\' || end - at < 2 || !at[1])
    return letter;
  escape = strchr(escapes, at[1]);
  if (escape) {
    letter.c = meant[escape - escapes];
    letter.size = 2;
  } else if (at[1] == 'u' && end - at >= 6 && at[2] == '0' && at[3] == '0' &&
             ig_hex_value(at[4]) >= 0 && ig_hex_value(at[5]) >= 0) {
    letter.c = (char)(ig_hex_value(at[4]) * 16 + ig_hex_value(at[5]));
    letter.size = 6;
  }
  return letter;
}

static struct letter read_letter(const char *at, const char *end, int max_depth)
{
  struct letter letter = json_letter(at, end);

  while (letter.c == '%' && letter.depth < max_depth) {
    const char *next = at + letter.size;
    struct letter high, low;

    if (next >= end)
      break;
    high = json_letter(next, end);
    if (next + high.size >= end)
      break;
    low = json_letter(next + high.size, end);
    if (ig_hex_value(high.c) < 0 || ig_hex_value(low.c) < 0)
      break;
    letter.c = (char)(ig_hex_value(high.c) * 16 + ig_hex_value(low.c));
    letter.size += high.size + low.size;
    letter.depth++;
  }
  return letter;
}

/* `bare`: a JSON value that is no string is masked too. `apart`: only as a whole word,
 * because it is a common one ("error_code=190", "code":190 are no secrets). */
struct name {
  const char *name;
  bool bare;
  bool apart;
};

static const struct name names[] = {
  { "access_token", true, false },   { "client_secret", true, false },
  { "signed_request", true, false }, { "input_token", true, false },
  { "fb_exchange_token", true, false }, { "code", false, true },
};

static bool is_name_letter(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_' || c == '-';
}

/* Behind the name when it stands here in any spelling, else NULL. */
static const char *match_name(const char *at, const char *end, const char *name)
{
  for (; *name; name++) {
    struct letter letter;

    if (at >= end)
      return NULL;
    letter = read_letter(at, end, MAX_DEPTH);
    if (letter.c >= 'A' && letter.c <= 'Z')
      letter.c = (char)(letter.c - 'A' + 'a');
    if (letter.c != *name)
      return NULL;
    at += letter.size;
  }
  return at;
}

/* Over white space, and over a quote with any backslashes of outer JSON in front of it.
 * `*quote` is how many bytes the quote takes, 0 when there is none. */
static const char *skip_quote(const char *at, const char *end, size_t *quote)
{
  const char *start;

  *quote = 0;
  while (at < end && is_space(*at))
    at++;
  start = at;
  while (at < end && read_letter(at, end, 0).c == '\\')
    at += read_letter(at, end, 0).size;
  if (at >= end || read_letter(at, end, 0).c != '"')
    return start;
  *quote = read_letter(at, end, 0).size;
  return at + *quote;
}

/* The end of a query's or form's value, whose '=' was encoded `depth` times: what ends
 * it is not encoded more often than that. */
static const char *query_end(const char *at, const char *end, int depth)
{
  while (at < end) {
    struct letter letter = read_letter(at, end, depth);

    if (is_space(letter.c) || (letter.c && strchr("&#\"<>", letter.c)))
      break;
    at += letter.size;
  }
  return at;
}

static const char *string_end(const char *at, const char *end, size_t quote)
{
  while (at < end) {
    struct letter letter = read_letter(at, end, 0);

    if (letter.c == '"' && letter.size <= quote)
      break;
    at += letter.size;
  }
  return at;
}

static const char *bare_end(const char *at, const char *end)
{
  while (at < end && !is_space(*at) && *at != ',' && *at != '}' && *at != ']')
    at++;
  return at;
}

/* With `at` behind a name: finds the value that belongs to it. False when what follows
 * makes it no name. */
static bool find_value(const char *at, const char *end, bool bare, const char **from,
                       const char **to)
{
  struct letter letter;
  size_t quote;

  if (at >= end)
    return false;
  letter = read_letter(at, end, MAX_DEPTH);
  if (letter.c == '=') {
    *from = at + letter.size;
    *to = query_end(*from, end, letter.depth);
    return *to > *from;
  }
  at = skip_quote(at, end, &quote);
  while (at < end && is_space(*at))
    at++;
  if (!quote || at >= end || *at != ':')
    return false;
  *from = skip_quote(at + 1, end, &quote);
  if (quote)
    *to = string_end(*from, end, quote);
  else
    *to = bare ? bare_end(*from, end) : *from;
  return *to > *from;
}

/* Is there a secret's name at `at`, and where is its value? `previous` is the character
 * in front. */
static bool find_secret(const char *at, const char *end, char previous,
                        const char **from, const char **to)
{
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *behind;

    if (names[i].apart && is_name_letter(previous))
      continue;
    behind = match_name(at, end, names[i].name);
    if (behind && find_value(behind, end, names[i].bare, from, to))
      return true;
  }
  return false;
}

enum ig_kind ig_redact_bytes(struct ig_buf *buf, const char *text, size_t size)
{
  size_t before = buf->size;
  const char *end = text + size, *at = text, *copied = text;
  enum ig_kind kind = IG_OK;
  char previous = ' ';

  while (at < end && !kind) {
    const char *from, *to;
    struct letter letter;

    if (find_secret(at, end, previous, &from, &to)) {
      kind = ig_buf_add(buf, copied, (size_t)(from - copied));
      if (!kind)
        kind = ig_buf_puts(buf, "[redacted]");
      at = copied = to;
      previous = ' ';
      continue;
    }
    letter = read_letter(at, end, MAX_DEPTH);
    previous = letter.c;
    at += letter.size;
  }
  if (!kind)
    kind = ig_buf_add(buf, copied, (size_t)(end - copied));
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_redact(struct ig_buf *buf, const char *text)
{
  return ig_redact_bytes(buf, text, strlen(text));
}

/* The next occurrence of `what`, NULL when there is none. */
static char *find(char *at, const char *end, const char *what, size_t size)
{
  return (char *)ig_find(at, (size_t)(end - at), what, size);
}

/* A secret of such characters alone is spelled the same everywhere. */
static bool is_plain(const char *secret, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!is_name_letter(secret[i]) && secret[i] != '.' && secret[i] != '~')
      return false;
  return true;
}

/* How many bytes spell the secret here, when percent-decoded `depth` times; 0: another
 * text. */
static size_t spelled_size(const char *at, const char *end, const char *secret,
                           size_t n, int depth)
{
  const char *start = at;

  for (size_t i = 0; i < n; i++) {
    struct letter letter;

    if (at >= end)
      return 0;
    letter = read_letter(at, end, depth);
    if (letter.c != secret[i])
      return 0;
    at += letter.size;
  }
  return (size_t)(at - start);
}

static size_t scrub_spellings(char *data, size_t size, const char *secret, size_t n)
{
  char *end = data + size;
  size_t found = 0;

  for (char *at = data; at < end; at++) {
    if (*at != secret[0] && *at != '%' && *at != '\\')
      continue;
    for (int depth = 0; depth <= MAX_DEPTH; depth++) {
      size_t spelled = spelled_size(at, end, secret, n, depth);

      if (!spelled)
        continue;
      memset(at, '*', spelled);
      found++;
      at += spelled - 1;
      break;
    }
  }
  return found;
}

size_t ig_scrub(char *data, size_t size, const char *secret, size_t n)
{
  char *end, *at;
  size_t found = 0;

  if (n < 4 || !size)
    return 0;
  end = data + size;
  for (at = find(data, end, secret, n); at; at = find(at + n, end, secret, n)) {
    memset(at, '*', n);
    found++;
  }
  return is_plain(secret, n) ? found : found + scrub_spellings(data, size, secret, n);
}

static bool ends_parameter(char c)
{
  switch (c) {
  case 0: case ' ': case '\t': case '\n': case '\v': case '\f': case '\r':
  case '&': case '"': case '#': case '\\':
    return true;
  default:
    return false;
  }
}

size_t ig_scrub_parameter(char *data, size_t size, const char *name)
{
  char *end, *at;
  size_t length = strlen(name), found = 0;

  if (!size)
    return 0;
  end = data + size;
  for (at = find(data, end, name, length); at; at = find(at, end, name, length)) {
    char *from = at + length;

    at = from;
    while (at < end && !ends_parameter(*at))
      *at++ = '*';
    if (at > from)
      found++;
  }
  return found;
}

size_t ig_scrub_parameters(char *data, size_t size)
{
  return ig_scrub_parameter(data, size, "access_token=") +
         ig_scrub_parameter(data, size, "client_secret=");
}
