/* What the files of the binding share: objects, errors, options. The binding gives Lua
 * faces to the core and holds nothing else. May know: lua.h, ig.h. Must not know:
 * curl.h, sodium.h, the operating system. */
#ifndef LIG_H
#define LIG_H

#include <stdbool.h>
#include <stddef.h>

#include "ig.h"
#include "lig_compat.h"
#include "lig_json.h"

/* --- objects ---------------------------------------------------------------------- */

#define LIG_APP "instagram.app"
#define LIG_ENGINE "instagram.engine"
#define LIG_ERROR "instagram.error"
#define LIG_REQUEST "instagram.request"
#define LIG_SECRET "instagram.secret"
#define LIG_TOKEN "instagram.token"

struct lig_app {
  struct ig_app *core; /* NULL: closed */
};
struct lig_secret {
  struct ig_secret core;
  bool closed;
};
struct lig_token {
  struct ig_token core;
  bool closed;
};

/* Pushes a new userdata, zeroed, with its metatable and a table of its own for Lua
 * values. Objects are made so (closed, harmless to collect) before the core fills
 * them. */
void *lig_new(lua_State *L, size_t size, const char *type);
/* The userdata at index if it is of that type, else NULL. */
void *lig_test(lua_State *L, int index, const char *type);
/* Makes the metatable: __index is a table of the methods, apart from the
 * metamethods. */
void lig_class(lua_State *L, const char *type, const luaL_Reg *methods,
               const luaL_Reg *metamethods);
/* Bytes of the core on their way to a Lua string: an owner is pushed first (it frees
 * and wipes them should Lua raise), then filled from a buffer, then its string is
 * pushed. */
struct lig_secret *lig_new_owner(lua_State *L);
/* The buffer is empty after; raises when memory is out. Returns 1. */
int lig_push_owned(lua_State *L, struct lig_secret *owner, struct ig_buf *bytes);
/* Takes the bytes without pushing a string. */
void lig_own(struct lig_secret *owner, struct ig_buf *bytes);
/* Pushes text of an object (NULL: nil) by way of an owner, pushed before the object was
 * looked at: Lua 5.1 and LuaJIT collect before they copy, and a finalizer may close the
 * object. Returns 1. */
int lig_push_copy(lua_State *L, struct lig_secret *owner, const char *text,
                  size_t size);
/* Pushes a count or a time: whole ones as integers where Lua has them, so that they
 * print without ".0". */
void lig_push_number(lua_State *L, double number);
/* More methods for a class. */
void lig_add_methods(lua_State *L, const char *type, const luaL_Reg *methods);
/* Pushes / sets (pops) the object's Lua value of this name. */
void lig_push_value(lua_State *L, int index, const char *name);
void lig_set_value(lua_State *L, int index, const char *name);
/* "instagram.app (0x...)" or "(closed)"; pushes it, returns 1. */
int lig_describe(lua_State *L, const char *type, const void *core);

/* A string without a zero byte, which the core would take for its end; else raises. */
const char *lig_check_text(lua_State *L, int index);
/* These raise, naming the argument, when it is another type or closed. What they return
 * holds until Lua next makes something (an object, a string, a number's text): that may
 * run a finalizer, and a finalizer may close anything. So they come last, after all
 * that the function itself makes. */
struct ig_app *lig_check_app(lua_State *L, int index);
struct lig_token *lig_check_token(lua_State *L, int index);
/* A string or a secret object; the view is borrowed while the value stays on the stack.
 * `what` names it in the message. Text secrets come without their line end. */
struct ig_secret lig_check_secret(lua_State *L, int index, const char *what);
/* The same as a 32-byte key; raises when it is none. */
void lig_check_key(lua_State *L, int index, unsigned char key[IG_KEY_SIZE]);

/* Pushes a new empty token of this app (whose clock it uses). */
struct lig_token *lig_new_token(lua_State *L, int app_index);
/* The app's clock, else the system's. May call Lua. */
double lig_app_now(lua_State *L, int app_index);
/* The engine of this Lua state, made at first use; raises when it crossed a fork or
 * cannot be made. */
struct ig_engine *lig_engine(lua_State *L);
/* A secret ends: what the engine keeps of past requests goes too. Makes no engine,
 * cannot raise: for finalizers. */
void lig_engine_forget(lua_State *L);

/* --- errors ----------------------------------------------------------------------- */

/* Pushes the error table. */
void lig_push_error(lua_State *L, const struct ig_error *error);
/* Pushes nil, message, err; returns 3. */
int lig_fail(lua_State *L, const struct ig_error *error);

/* --- options ---------------------------------------------------------------------- */

enum lig_opt_type {
  LIG_TEXT,    /* const char *, borrowed from the options table */
  LIG_SECONDS, /* double */
  LIG_COUNT,   /* int */
  LIG_BYTES,   /* size_t */
  LIG_BOOL,    /* bool */
  LIG_ANY      /* left to the caller, who looks it up in the table */
};

struct lig_opt {
  const char *name; /* NULL ends the list */
  enum lig_opt_type type;
  size_t offset;    /* in the struct; not used by LIG_ANY */
  double min, max;  /* of numbers */
};

/* Reads the table at index (nil: none) into the struct; the defaults are there already.
 * Runs no Lua code unless it raises, and comes after what does: texts are borrowed.
 * Raises for an unknown key (naming the nearest), a wrong type, a number out of
 * range. */
void lig_read_options(lua_State *L, int index, const struct lig_opt *options,
                      void *into);
/* The candidate most like `name`, or NULL when none is near. candidates: count
 * pointers. */
const char *lig_nearest(const char *name, const char *const *candidates, size_t count);

/* --- what each file brings -------------------------------------------------------- */

void lig_open_app(lua_State *L);
void lig_open_engine(lua_State *L);
void lig_open_error(lua_State *L);
void lig_open_request(lua_State *L);
void lig_open_secret(lua_State *L);
void lig_open_token(lua_State *L);

/* Functions of the module. */
int lig_app(lua_State *L);
int lig_set_clock(lua_State *L);
int lig_engine_function(lua_State *L);
int lig_error_function(lua_State *L);
int lig_is_error(lua_State *L);
int lig_secret_file(lua_State *L);
int lig_secret_env(lua_State *L);
int lig_secret_fd(lua_State *L);
int lig_new_key(lua_State *L);
int lig_seal(lua_State *L);
int lig_unseal(lua_State *L);
int lig_same(lua_State *L);
void lig_push_files(lua_State *L);
void lig_push_flavours(lua_State *L);
/* Methods of app that live beside requests and tokens. */
extern const luaL_Reg lig_app_calls[];
int lig_app_token(lua_State *L);
int lig_app_unseal(lua_State *L);

#endif
