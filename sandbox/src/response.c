/* From the reply to libmicrohttpd's response. May know: libmicrohttpd, zlib, files. */
#define _POSIX_C_SOURCE 200809L
#include "response.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "files.h"
#include "flow.h"

#define GZIP_LEVEL 1 /* a 57 KB page: 0.17 ms; level 4 takes 0.4 for a tenth less */
#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for a gzip header */

/* "gzip" is in the list of codings, and not with q=0. */
static bool accepts_gzip(const struct igs_request *request)
{
  const char *at = igs_request_header(request, "Accept-Encoding");
  const char *quality;

  while (at && *at) {
    at += strspn(at, " \t,");
    if (strncasecmp(at, "gzip", 4) == 0 && (!at[4] || strchr(" \t,;", at[4]))) {
      size_t size = strcspn(at, ",");

      quality = strstr(at, "q=");
      return !quality || quality > at + size || strtod(quality + 2, NULL) > 0;
    }
    at += strcspn(at, ",");
  }
  return false;
}

/* Replaces the body by its compressed form; leaves it when that fails. */
static bool compress_body(struct igs_reply *reply)
{
  z_stream stream;
  uLong bound;
  char *out;
  bool ok;

  memset(&stream, 0, sizeof stream);
  if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY))
    return false;
  bound = deflateBound(&stream, (uLong)reply->body_size);
  out = malloc(bound);
  stream.next_in = (unsigned char *)reply->body;
  stream.avail_in = (uInt)reply->body_size;
  stream.next_out = (unsigned char *)out;
  stream.avail_out = (uInt)bound;
  ok = out && deflate(&stream, Z_FINISH) == Z_STREAM_END;
  if (ok) {
    free(reply->body);
    reply->body = out;
    reply->body_size = stream.total_out;
  } else {
    free(out);
  }
  deflateEnd(&stream);
  return ok;
}

static void apply_gzip(struct igs_request *request)
{
  struct igs_reply *reply = &request->reply;

  if (!reply->gzip || !reply->body_size || igs_reply_find(reply, "Content-Encoding")
      || !accepts_gzip(request) || !compress_body(reply))
    return;
  igs_reply_header(reply, "Content-Encoding", "gzip");
  if (!igs_reply_find(reply, "Vary"))
    igs_reply_header(reply, "Vary", "Accept-Encoding");
}

/* Opens the file; its size, or false with why in `problem`. */
static bool open_file(const char *path, int *fd, uint64_t *size,
                      struct igs_buf *problem)
{
  struct stat info;

  *fd = open(path, O_RDONLY | O_CLOEXEC);
  if (*fd < 0 || fstat(*fd, &info) || !S_ISREG(info.st_mode)) {
    igs_buf_print(problem, "response.file: %s: %s", path,
                  *fd < 0 ? strerror(errno) : "not a regular file");
    if (*fd >= 0)
      close(*fd);
    return false;
  }
  *size = (uint64_t)info.st_size;
  return true;
}

static void pick_slice(const struct igs_request *request, uint64_t size,
                       struct igs_slice *slice)
{
  const struct igs_reply *reply = &request->reply;
  struct igs_conditions conditions = { 0 };

  slice->status = reply->status;
  slice->offset = 0;
  slice->length = size;
  if (reply->status != 200)
    return;
  conditions.get = igs_request_is(request, "GET");
  if (!conditions.get && !igs_request_is(request, "HEAD"))
    return;
  conditions.range = igs_request_header(request, "Range");
  conditions.if_range = igs_request_header(request, "If-Range");
  conditions.if_none_match = igs_request_header(request, "If-None-Match");
  conditions.if_modified_since = igs_request_header(request, "If-Modified-Since");
  conditions.etag = igs_reply_find(reply, "ETag");
  conditions.last_modified = igs_reply_find(reply, "Last-Modified");
  igs_slice_pick(&conditions, size, slice);
}

static void range_headers(struct igs_reply *reply, const struct igs_slice *slice,
                          uint64_t size)
{
  char text[80];

  if (!igs_reply_find(reply, "Accept-Ranges"))
    igs_reply_header(reply, "Accept-Ranges", "bytes");
  if (slice->status == 206)
    snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, slice->offset,
             slice->offset + slice->length - 1, size);
  else if (slice->status == 416)
    snprintf(text, sizeof text, "bytes */%" PRIu64, size);
  else
    return;
  igs_reply_header(reply, "Content-Range", text);
}

static bool file_source(struct igs_request *request, struct igs_source *source,
                        struct igs_buf *problem)
{
  struct igs_slice slice;
  uint64_t size;

  if (!open_file(request->reply.file, &source->fd, &size, problem))
    return false;
  pick_slice(request, size, &slice);
  range_headers(&request->reply, &slice, size);
  request->reply.status = slice.status;
  source->offset = slice.offset;
  source->size = slice.length;
  return true;
}

/* A response without faults; takes the source. */
static struct MHD_Response *plain_response(struct igs_source *source)
{
  struct MHD_Response *response;

  if (source->fd < 0) {
    response = MHD_create_response_from_buffer(
      (size_t)source->size, source->bytes,
      source->bytes ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
      free(source->bytes);
  } else if (source->size == 0) {
    close(source->fd);
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  } else {
    response = MHD_create_response_from_fd_at_offset64(source->size, source->fd,
                                                       source->offset);
    if (!response)
      close(source->fd);
  }
  return response;
}

/* Framing is libmicrohttpd's; keep-alive is a flag to it and not a header. */
static bool add_header(struct MHD_Response *response, unsigned status, const char *name,
                       const char *value)
{
  if (strcasecmp(name, "Content-Length") == 0
      || strcasecmp(name, "Transfer-Encoding") == 0)
    return true;
  if (status == 304 && strcasecmp(name, "Content-Type") == 0)
    return true;
  if (strcasecmp(name, "Connection") == 0 && strcasecmp(value, "keep-alive") == 0)
    return MHD_set_response_options(response, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END)
           == MHD_YES;
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_headers(struct MHD_Response *response, const struct igs_reply *reply,
                        struct igs_buf *problem)
{
  const char *name;

  for (name = igs_reply_next(reply, NULL); name; name = igs_reply_next(reply, name))
    if (!add_header(response, reply->status, name, name + strlen(name) + 1)) {
      igs_buf_print(problem, "response.headers: '%s' was refused", name);
      return false;
    }
  return true;
}

bool igs_response_source(struct igs_request *request, struct igs_source *source,
                         struct igs_buf *problem)
{
  struct igs_reply *reply = &request->reply;

  memset(source, 0, sizeof *source);
  source->fd = -1;
  if (reply->file)
    return file_source(request, source, problem);
  apply_gzip(request);
  source->bytes = reply->body;
  source->size = reply->body_size;
  reply->body = NULL;
  reply->body_size = 0;
  return true;
}

/* No body will be sent in which the fault could come: it comes in its place. */
static bool is_bodiless(const struct igs_request *request,
                        const struct igs_source *source)
{
  return igs_fault_must_come(&request->reply.fault)
         && (!source->size || igs_request_is(request, "HEAD"));
}

struct MHD_Response *igs_response_new(struct igs_request *request,
                                      struct igs_timer *timer, struct igs_buf *problem)
{
  struct igs_reply *reply = &request->reply;
  struct igs_source source;
  struct MHD_Response *response;

  if (!igs_response_source(request, &source, problem))
    return NULL;
  if (is_bodiless(request, &source)) {
    igs_source_free(&source);
    reply->fault.bodiless = true;
    return NULL;
  }
  if (source.size && igs_fault_in_body(&reply->fault))
    response = igs_flow_response(timer, request->connection, &source, &reply->fault);
  else
    response = plain_response(&source);
  if (!response) {
    igs_buf_print(problem, "response: no memory");
    return NULL;
  }
  if (!add_headers(response, reply, problem)) {
    MHD_destroy_response(response);
    return NULL;
  }
  return response;
}
