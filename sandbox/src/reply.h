/* What the rules answered, as plain C: filled by reply.c from a Lua table, turned into
 * bytes by response.c. The request owns it. May know: libc. */
#ifndef IGS_REPLY_H
#define IGS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct lua_State;

/* Bad days; a negative number means "not this one". */
struct igs_fault {
  double delay;       /* seconds before the answer */
  double rate;        /* bytes per second of the body */
  double truncate;    /* the connection is cut after so many bytes of the body */
  double stall_after; /* silence after so many bytes of the body */
  double head_rate;   /* bytes per second of the head */
  double length;      /* the Content-Length told, whatever the body's */
  bool reset;         /* cut by RST: instead of an answer, or where `truncate` says */
  bool close;         /* closed without an answer */
  bool bodiless;      /* found by response.c: there is no body to reset or stall in */
};

struct igs_reply {
  unsigned status;
  struct igs_buf headers; /* name\0value\0name\0value\0... */
  char *body;             /* owned, from malloc; NULL: none */
  size_t body_size;
  char *file; /* owned; NULL: the body is the answer */
  bool gzip;
  struct igs_fault fault;
};

void igs_reply_init(struct igs_reply *reply);
/* Leaves it as after init. */
void igs_reply_free(struct igs_reply *reply);
/* A plain text answer in place of whatever was there. */
void igs_reply_text(struct igs_reply *reply, unsigned status, const char *text,
                    size_t size);
/* Adds a header; false when memory is out. */
bool igs_reply_header(struct igs_reply *reply, const char *name, const char *value);
/* Walks the headers: NULL starts, NULL ends; the value follows the name's zero. */
const char *igs_reply_next(const struct igs_reply *reply, const char *name);
/* The value of the first header of that name, in any case; NULL when there is none. */
const char *igs_reply_find(const struct igs_reply *reply, const char *name);
/* Reads the response table at the index. Raises and names the field when it is none. */
void igs_reply_read(struct lua_State *L, int index, struct igs_reply *reply);

#endif
