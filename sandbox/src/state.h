/* The sandbox's own Lua state: opened, robbed of clock and chance, locked, called. No
 * raise leaves it. May know: lua.h (state.c). Must not know: libmicrohttpd's daemon. */
#ifndef IGS_STATE_H
#define IGS_STATE_H

#include "buf.h"
#include "handshake.h"
#include "post.h"
#include "request.h"

struct igs_state;

struct igs_state_options {
  const char *lua_path, *lua_cpath; /* NULL: Lua's defaults */
  const char *main;                 /* module with handle, control and perhaps start */
  const char *options;              /* handed to main.start, NULL: "{}" */
  const char *url;                  /* where the server listens, handed to main.start */
  struct igs_poster *poster;        /* outlives the state; NULL: native.post refuses */
};

/* NULL, and why in `problem`. */
struct igs_state *igs_state_open(const struct igs_state_options *options,
                                 struct igs_buf *problem);
void igs_state_close(struct igs_state *state);
/* main.handle(request table), its answer in request->reply. False, and the traceback in
 * `problem`, when something was raised. Takes the lock. */
bool igs_state_handle(struct igs_state *state, struct igs_request *request,
                      struct igs_buf *problem);
/* main.control(text), its text in `answer`; false: the reason in `answer`. Takes the
 * lock. */
bool igs_state_control(struct igs_state *state, const char *text, size_t size,
                       struct igs_buf *answer);
/* main.posted(table) with what came of a POST; false, and the traceback in `problem`,
 * when something was raised. Takes the lock. */
bool igs_state_posted(struct igs_state *state, const struct igs_outcome *outcome,
                      struct igs_buf *problem);
/* main.handshake(host), where there is one: how a TLS handshake is to go. FINE, and why
 * in `problem`, when something was raised. Takes the lock. */
enum igs_handshake igs_state_handshake(struct igs_state *state, const char *host,
                                       struct igs_buf *problem);

#endif
