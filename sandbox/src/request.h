/* One HTTP request on its way to the rules, and what came back. Lives from the request
 * line to libmicrohttpd's "completed". May know: libmicrohttpd; request.c also lua.h.
 * */
#ifndef IGS_REQUEST_H
#define IGS_REQUEST_H

#include <microhttpd.h>
#include <stdint.h>

#include "buf.h"
#include "proxy.h"
#include "reply.h"
#include "timer.h"

struct lua_State;
struct igs_raw;

struct igs_pair {
  const char *name, *value;
  size_t name_size, value_size;
};

enum igs_stage { IGS_FRESH, IGS_READING, IGS_ANSWERED };

struct igs_request {
  struct MHD_Connection *connection;
  enum igs_stage stage;
  char *uri;                   /* as sent: path and query; owned */
  bool secure;                 /* came over TLS */
  struct igs_authority authority; /* whom the target names, as of a proxy; or "" */
  enum igs_asked asked;           /* BAD: the target could not be read */
  const char *method, *version; /* libmicrohttpd's, as long as the request */
  struct igs_pair *headers;    /* the array is owned, the texts are not */
  size_t header_count;
  struct igs_buf body;
  bool too_large;   /* the body went over the limit and is being thrown away */
  uint64_t dropped; /* so many bytes of it */
  struct igs_reply reply;
  struct igs_sleeper sleeper;
  struct igs_raw *raw; /* an answer that is being sent beside libmicrohttpd; owned */
};

/* NULL when memory is out. */
struct igs_request *igs_request_new(struct MHD_Connection *connection, const char *uri);
void igs_request_free(struct igs_request *request);
/* Takes method, version and headers over, once libmicrohttpd has read them; false when
 * memory is out. */
bool igs_request_begin(struct igs_request *request, const char *method,
                       const char *version);
/* The value of the first header of that name (any case), NULL when there is none. */
const char *igs_request_header(const struct igs_request *request, const char *name);
bool igs_request_is(const struct igs_request *request, const char *method);
/* Pushes the request table of the rules. Raises only for want of memory. */
void igs_request_push(struct lua_State *L, const struct igs_request *request);

#endif
