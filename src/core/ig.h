/* The core as a C library: everything a program without Lua needs. Make an engine and
 * an app, start calls, step the engine until they are done, take their results, free
 * all.
 *
 * Who makes frees: every _new, _call_... has its _free, and NULL may be freed. Borrowed
 * pointers are const. One engine per thread; nothing is shared between engines. Errors
 * are an enum ig_kind (0 is good) and a struct ig_error of the caller's, filled without
 * allocating. The core never logs, never exits, never reads the environment but where
 * asked (ig_secret_env; curl itself looks for https_proxy and no_proxy when an app
 * names no proxy), and is told the time. Link with -lcurl -lsodium. */
#ifndef IG_H
#define IG_H

#define IG_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" { /* many a game engine is C++ */
#endif

#include "ig_alloc.h"
#include "ig_app.h"
#include "ig_buf.h"
#include "ig_call.h"
#include "ig_crypto.h"
#include "ig_engine.h"
#include "ig_error.h"
#include "ig_flavour.h"
#include "ig_http.h"
#include "ig_json.h"
#include "ig_oauth.h"
#include "ig_os.h"
#include "ig_secret.h"
#include "ig_sign.h"
#include "ig_token.h"
#include "ig_usage.h"

#ifdef __cplusplus
}
#endif

#endif
