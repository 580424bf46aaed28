/* The file side of a download. The tag file holds two lines: the validator (ETag or
 * Last-Modified) and the total size of what the part is a part of. */
#include "ig_download.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ig_alloc.h"
#include "ig_os.h"

static char *join(const char *path, const char *tail)
{
  size_t size = strlen(path), more = strlen(tail);
  char *text = ig_malloc(size + more + 1);

  if (text) {
    memcpy(text, path, size);
    memcpy(text + size, tail, more + 1);
  }
  return text;
}

static enum ig_kind io_error(struct ig_error *error, const char *what, const char *path,
                             int number)
{
  char words[128];

  return ig_error_set(error, IG_IO, "cannot %s %s: %s", what, path,
                      ig_os_error(number, words, sizeof words));
}

/* --- the tag ---------------------------------------------------------------------- */

static void read_tag(struct ig_download *download)
{
  char text[256], *end, *at;
  long size = ig_os_read_file(download->tag, text, sizeof text - 1);

  download->validator[0] = '\0';
  download->total = -1;
  if (size <= 0)
    return;
  text[size] = '\0';
  end = strchr(text, '\n');
  if (!end || (size_t)(end - text) >= sizeof download->validator)
    return;
  *end = '\0';
  for (at = text; at < end; at++)
    if ((unsigned char)*at < ' ' || *at == 0x7f)
      return; /* it goes into a header line */
  memcpy(download->validator, text, (size_t)(end - text) + 1);
  download->total = strtoll(end + 1, NULL, 10);
  if (download->total <= 0)
    download->total = -1;
}

/* A weak ETag says nothing about bytes (RFC 9110, If-Range). */
static const char *validator_of(const struct ig_http_head *head)
{
  return head->etag[0] == '"' ? head->etag : head->last_modified;
}

/* Without waiting for the disk: a tag that is lost, or none, costs a download anew. */
static void write_tag(struct ig_download *download)
{
  char text[256];
  int size;

  if (!download->validator[0]) {
    ig_os_remove(download->tag);
    return;
  }
  size = snprintf(text, sizeof text, "%s\n%lld\n", download->validator,
                  download->total);
  if (ig_os_replace_file(download->tag, 0666, text, (size_t)size))
    download->validator[0] = '\0'; /* no tag, no resume; the download itself goes on */
}

/* --- the sink --------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *lower)
{
  for (; *lower; text++, lower++)
    if (tolower((unsigned char)*text) != *lower)
      return false;
  return true;
}

/* A coding that nobody asked for would be saved with the picture in it. */
static bool is_media(const struct ig_http_head *head)
{
  return !head->coded && !begins_with(head->content_type, "text/") &&
         !begins_with(head->content_type, "application/json");
}

/* Cuts the part to so many bytes. */
static bool cut(struct ig_download *download, long long size)
{
  download->problem = ig_os_truncate(download->fd, size);
  if (!download->problem)
    download->size = size;
  return !download->problem;
}

static bool begin_anew(struct ig_download *download, const struct ig_http_head *head)
{
  const char *validator = validator_of(head);

  if (!cut(download, 0))
    return false;
  download->offset = 0;
  download->total = head->length;
  memcpy(download->validator, validator, strlen(validator) + 1);
  write_tag(download);
  return true;
}

/* Of as many bytes as the part is of, as far as both said. */
static bool same_total(const struct ig_download *download,
                       const struct ig_http_head *head)
{
  return download->total < 0 || head->range_total < 0 ||
         download->total == head->range_total;
}

/* The answer continues what we have, byte for byte; else it is of no use, and a part
 * that nobody asked for is of none either. Where neither the tag nor the answer knows
 * the whole ("bytes 3000-4999" of "*"), the range ends where the file does. */
static bool go_on(struct ig_download *download, const struct ig_http_head *head)
{
  const char *validator = validator_of(head);

  if (!download->range[0])
    return false;
  if (head->range_start != download->offset || !same_total(download, head) ||
      (validator[0] && strcmp(validator, download->validator) != 0)) {
    download->restart = true;
    return false;
  }
  if (download->total < 0)
    download->total = head->range_total;
  if (download->total < 0 && head->range_end >= head->range_start)
    download->total = head->range_end + 1;
  return cut(download, download->offset);
}

static bool on_open(void *self, const struct ig_transfer *transfer)
{
  struct ig_download *download = self;
  const struct ig_http_head *head = ig_transfer_head(transfer);

  if (head->status == 206)
    return !head->coded && go_on(download, head);
  if (head->status == 416 && download->range[0])
    download->restart = true;
  return head->status == 200 && is_media(head) && begin_anew(download, head);
}

static bool on_write(void *self, const char *bytes, size_t size)
{
  struct ig_download *download = self;

  download->problem = ig_os_write(download->fd, bytes, size);
  if (download->problem)
    return false;
  download->size += (long long)size;
  return true;
}

/* --- its life --------------------------------------------------------------------- */

static void let_go(struct ig_download *download)
{
  ig_os_close_locked(download->fd, download->forks);
  download->fd = -1;
}

/* Opens and locks. What was opened may have been renamed by a download that ended
 * before we had the lock: then it is a finished file, and not ours to write to. */
static int open_part(struct ig_download *download)
{
  int problem;

  for (;;) {
    problem = ig_os_open_end(download->part, 0666, &download->fd);
    if (problem)
      return problem;
    problem = ig_os_lock(download->fd);
    download->forks = ig_os_forks();
    if (!problem && ig_os_is_at(download->fd, download->part))
      return 0;
    let_go(download);
    if (problem)
      return problem;
  }
}

enum ig_kind ig_download_open(struct ig_download *download, const char *path,
                              struct ig_error *error)
{
  int problem;

  memset(download, 0, sizeof *download);
  download->fd = -1;
  download->total = -1;
  download->sink.open = on_open;
  download->sink.write = on_write;
  download->sink.self = download;
  download->path = ig_strdup(path);
  download->part = join(path, ".part");
  download->tag = join(path, ".part.tag");
  if (!download->path || !download->part || !download->tag)
    return ig_error_set(error, IG_MEMORY, "memory is out");
  if (ig_os_is_other(path))
    return ig_error_set(error, IG_IO,
                        "cannot write %s: it is there, and no regular file", path);
  problem = open_part(download);
  if (problem == EWOULDBLOCK)
    return ig_error_set(error, IG_IO, "%s is being downloaded already", path);
  return problem ? io_error(error, "write", download->part, problem) : IG_OK;
}

enum ig_kind ig_download_problem(const struct ig_download *download,
                                 struct ig_error *error)
{
  if (!download->problem)
    return IG_OK;
  return io_error(error, "write", download->part, download->problem);
}

bool ig_download_moved(struct ig_download *download)
{
  if (download->size <= download->furthest)
    return false;
  download->furthest = download->size;
  return true;
}

void ig_download_prepare(struct ig_download *download)
{
  long long have = ig_os_file_size(download->part);

  download->restart = false;
  download->range[0] = '\0';
  download->offset = 0;
  read_tag(download);
  if (have <= 0 || !download->validator[0])
    return;
  /* All of it is there: asking for the last byte again lets the server confirm it. */
  if (download->total > 0 && have >= download->total)
    have = download->total - 1;
  download->offset = have;
  snprintf(download->range, sizeof download->range, "%lld-", have);
}

void ig_download_forget(struct ig_download *download)
{
  (void)ig_os_truncate(download->fd, 0);
  download->size = download->offset = 0;
  download->validator[0] = '\0';
  ig_os_remove(download->tag);
}

/* Which bytes of too many are the right ones cannot be told. */
static enum ig_kind check_length(struct ig_download *download, struct ig_error *error)
{
  if (download->total < 0 || download->size == download->total)
    return IG_OK;
  ig_error_set(error, IG_TRANSPORT, download->size < download->total
               ? "the file ended after %lld of %lld bytes"
               : "%lld bytes of the file came, more than its %lld",
               download->size, download->total);
  if (download->size > download->total)
    ig_download_forget(download);
  return error->kind;
}

enum ig_kind ig_download_finish(struct ig_download *download, struct ig_error *error)
{
  int problem;

  if (check_length(download, error))
    return error->kind;
  problem = ig_os_sync(download->fd);
  if (!problem)
    problem = ig_os_rename(download->part, download->path);
  if (problem)
    return io_error(error, "write", download->path, problem);
  let_go(download); /* only now: until the rename the lock is ours */
  ig_os_remove(download->tag);
  return IG_OK;
}

void ig_download_close(struct ig_download *download)
{
  if (download->fd >= 0 && ig_os_file_size(download->part) == 0) {
    ig_os_remove(download->part);
    ig_os_remove(download->tag);
  }
  let_go(download);
  ig_free(download->path);
  ig_free(download->part);
  ig_free(download->tag);
  memset(download, 0, sizeof *download);
  download->fd = -1;
}
