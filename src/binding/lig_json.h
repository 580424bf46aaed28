/* JSON text to Lua values, straight from the pull reader. May know: lua.h, ig_json.
 * Must not know: who asked. */
#ifndef LIG_JSON_H
#define LIG_JSON_H

#include <lua.h>

#include "ig_error.h"

/* Reads `size` bytes at `text`, which are overwritten, and pushes the value; answers 1.
 * A text that is no JSON: pushes nothing, answers 0, `error` has IG_PARSE (IG_MEMORY
 * when the Lua stack cannot grow) and the place. May raise Lua's memory error; owns no
 * heap.
 *
 * Null members are absent, nulls in arrays and a null document are lightuserdata NULL.
 * Integers are exact: Lua integers from 5.3 on, numbers before; the digits as a string
 * beyond +-2^53, and always for members named "id" or "..._id". `secret` in a string
 * that had escapes becomes asterisks; the string value of members named access_token or
 * client_secret becomes "[redacted]". A `secret_size` of 0: none. */
int lig_json_push(lua_State *L, char *text, size_t size, const char *secret,
                  size_t secret_size, struct ig_error *error);

#endif
