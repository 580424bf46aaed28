/* Secrets and where they come from. */
#define _POSIX_C_SOURCE 200809L

#include "ig_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ig_alloc.h"
#include "ig_os.h"
#include "ig_url.h"

enum ig_kind ig_secret_set(struct ig_secret *secret, const void *bytes, size_t size)
{
  char *data = NULL;

  if (size > IG_SECRET_MAX)
    return IG_TOO_LARGE;
  if (size) {
    data = ig_malloc(size + 1);
    if (!data)
      return IG_MEMORY;
    memcpy(data, bytes, size);
    data[size] = 0;
  }
  ig_secret_free(secret);
  secret->data = data;
  secret->size = size;
  return IG_OK;
}

enum ig_kind ig_secret_copy(struct ig_secret *into, const struct ig_secret *from)
{
  return ig_secret_set(into, from->data, from->size);
}

void ig_secret_drop(struct ig_secret *secret)
{
  ig_free(secret->data);
  secret->data = NULL;
  secret->size = 0;
}

void ig_secret_free(struct ig_secret *secret)
{
  bool held = secret->data != NULL;

  ig_secret_drop(secret);
  if (held)
    ig_wipe_traces(); /* what handling it left there */
}

/* "secret file x: No such file or directory" */
static enum ig_kind fail_io(struct ig_error *error, const char *what, int number)
{
  char why[128];

  return ig_error_set(error, IG_IO, "%s: %s", what,
                      ig_os_error(number, why, sizeof why));
}

static enum ig_kind fail_memory(struct ig_error *error)
{
  return ig_error_set(error, IG_MEMORY, "memory is out");
}

static enum ig_kind fail_long(struct ig_error *error, const char *what)
{
  ig_error_set(error, IG_TOO_LARGE, "%s: it is longer than %d bytes", what,
               IG_SECRET_MAX);
  error->advice = "No secret is that long; look at what is in there.";
  return error->kind;
}

static enum ig_kind read_secret(struct ig_secret *into, int fd, const char *what,
                                struct ig_error *error)
{
  enum ig_kind kind;
  size_t size;
  int problem;
  char *data = ig_malloc(IG_SECRET_MAX + 1);

  if (!data)
    return fail_memory(error);
  problem = ig_os_read(fd, data, IG_SECRET_MAX + 1, &size);
  if (problem)
    kind = fail_io(error, what, problem);
  else if (size == 0)
    kind = ig_error_set(error, IG_IO, "%s: it holds nothing", what);
  else if (size > IG_SECRET_MAX)
    kind = fail_long(error, what);
  else if (ig_secret_set(into, data, size))
    kind = fail_memory(error);
  else
    kind = IG_OK;
  ig_free(data);
  return kind;
}

enum ig_kind ig_secret_file(struct ig_secret *into, const char *path,
                            struct ig_error *error)
{
  enum ig_kind kind;
  char what[300];
  int fd;

  snprintf(what, sizeof what, "secret file %s", path);
  fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail_io(error, what, errno);
  kind = read_secret(into, fd, what, error);
  close(fd);
  return kind;
}

enum ig_kind ig_secret_fd(struct ig_secret *into, int fd, struct ig_error *error)
{
  char what[40];

  snprintf(what, sizeof what, "secret from descriptor %d", fd);
  return read_secret(into, fd, what, error);
}

enum ig_kind ig_secret_env(struct ig_secret *into, const char *name,
                           struct ig_error *error)
{
  const char *value = getenv(name);
  char what[300];

  snprintf(what, sizeof what, "environment variable %s", name);
  if (!value || !*value) {
    ig_error_set(error, IG_IO, "%s is %s", what, value ? "empty" : "not set");
    error->advice = "Set the variable where the program is started.";
    return error->kind;
  }
  switch (ig_secret_set(into, value, strlen(value))) {
  case IG_OK:
    return IG_OK;
  case IG_MEMORY:
    return fail_memory(error);
  default:
    return fail_long(error, what);
  }
}

enum ig_kind ig_secret_save(const struct ig_secret *secret, const char *path,
                            struct ig_error *error)
{
  char what[300];
  int number = ig_os_create_file(path, 0600, secret->data ? secret->data : "",
                                 secret->size);

  if (!number)
    return IG_OK;
  snprintf(what, sizeof what, "secret file %s", path);
  if (number != EEXIST)
    return fail_io(error, what, number);
  ig_error_set(error, IG_IO, "%s: it is there, and stays as it is", what);
  error->advice = "Use the one that is there, or give another name; what was sealed "
                  "with it opens with nothing else.";
  return error->kind;
}

const char *ig_secret_text(const struct ig_secret *secret, size_t *size)
{
  *size = secret->size;
  while (*size &&
         (secret->data[*size - 1] == '\n' || secret->data[*size - 1] == '\r'))
    (*size)--;
  return secret->data ? secret->data : "";
}

static bool read_hex(unsigned char key[IG_KEY_SIZE], const char *text)
{
  for (size_t i = 0; i < IG_KEY_SIZE; i++) {
    int high = ig_hex_value(text[2 * i]), low = ig_hex_value(text[2 * i + 1]);

    if (high < 0 || low < 0)
      return false;
    key[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

static bool read_base64url(unsigned char key[IG_KEY_SIZE], const char *text,
                           size_t size)
{
  struct ig_buf bytes;
  bool good;

  ig_buf_init(&bytes, IG_KEY_SIZE);
  good = !ig_base64url_read(&bytes, text, size) && bytes.size == IG_KEY_SIZE;
  if (good)
    memcpy(key, bytes.data, IG_KEY_SIZE);
  ig_buf_free(&bytes);
  return good;
}

bool ig_secret_key(const struct ig_secret *secret, unsigned char key[IG_KEY_SIZE])
{
  size_t size;
  const char *text = ig_secret_text(secret, &size);
  bool good = true;

  /* First, for raw bytes may end in a line end. */
  if (secret->size == IG_KEY_SIZE)
    memcpy(key, secret->data, IG_KEY_SIZE);
  else if (size == 2 * IG_KEY_SIZE)
    good = read_hex(key, text);
  else if (size == 43)
    good = read_base64url(key, text, size);
  else
    good = false;
  if (!good)
    ig_wipe(key, IG_KEY_SIZE);
  return good;
}
