/* Sealing of texts that are no tokens (login tickets, records): core.seal, core.unseal.
 * What goes in and comes out are Lua strings, so no token belongs in here:
 * token:seal. */
#include "lig.h"

enum { SEALED_MAX = 1024 * 1024 };

/* core.seal(text, key, context) -> sealed text. What was sealed opens under the same
 * context only: a ticket is never taken for a record. */
int lig_seal(lua_State *L)
{
  size_t size, context_size;
  const char *text = luaL_checklstring(L, 1, &size);
  const char *context = luaL_checklstring(L, 3, &context_size);
  struct lig_secret *owner = lig_new_owner(L);
  unsigned char key[IG_KEY_SIZE];
  struct ig_buf out;
  enum ig_kind failed;

  lig_check_key(L, 2, key);
  ig_buf_init(&out, SEALED_MAX);
  failed = ig_seal(&out, key, context, context_size, text, size);
  ig_wipe(key, sizeof key);
  if (failed) {
    ig_buf_free(&out);
    return luaL_error(L, failed == IG_TOO_LARGE ? "the text is too long to be sealed"
                                                : "memory is out");
  }
  return lig_push_owned(L, owner, &out);
}

/* core.unseal(sealed, key, context) -> text | nil, message, err */
int lig_unseal(lua_State *L)
{
  size_t size, context_size;
  const char *text = luaL_checklstring(L, 1, &size);
  const char *context = luaL_checklstring(L, 3, &context_size);
  struct lig_secret *owner = lig_new_owner(L);
  unsigned char key[IG_KEY_SIZE];
  struct ig_error error;
  struct ig_buf out;
  enum ig_kind failed;

  lig_check_key(L, 2, key);
  ig_buf_init(&out, SEALED_MAX);
  failed = ig_unseal(&out, key, context, context_size, text, size);
  ig_wipe(key, sizeof key);
  if (failed) {
    ig_buf_free(&out);
    ig_error_set(&error, IG_SEALED, "the text was altered, cut, or sealed with another "
                                    "key or for another purpose");
    return lig_fail(L, &error);
  }
  return lig_push_owned(L, owner, &out);
}

/* core.same(a, b) -> boolean, in constant time for equal sizes */
int lig_same(lua_State *L)
{
  size_t a_size, b_size;
  const char *a = luaL_checklstring(L, 1, &a_size);
  const char *b = luaL_checklstring(L, 2, &b_size);

  lua_pushboolean(L, ig_equal(a, a_size, b, b_size));
  return 1;
}
