/* Options tables into structs, by a table of what is allowed; everything is checked
 * before anything is made. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lig.h"

enum { NEAR_MAX = 64 };

static bool differ(char a, char b)
{
  return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* Levenshtein, one row; letters are the same in both cases. */
static size_t distance(const char *a, const char *b)
{
  size_t row[NEAR_MAX + 1], n = strlen(b), i, j;

  if (n > NEAR_MAX || strlen(a) > NEAR_MAX)
    return NEAR_MAX;
  for (j = 0; j <= n; j++)
    row[j] = j;
  for (i = 0; a[i]; i++) {
    size_t diagonal = row[0];

    row[0] = i + 1;
    for (j = 0; j < n; j++) {
      size_t change = diagonal + differ(a[i], b[j]), best = row[j] + 1;

      diagonal = row[j + 1];
      if (diagonal + 1 < best)
        best = diagonal + 1;
      row[j + 1] = change < best ? change : best;
    }
  }
  return row[n];
}

const char *lig_nearest(const char *name, const char *const *candidates, size_t count)
{
  const char *best = NULL;
  size_t least = strlen(name) / 3 + 2, i;

  for (i = 0; i < count; i++) {
    size_t d = distance(name, candidates[i]);

    if (d < least) {
      least = d;
      best = candidates[i];
    }
  }
  return best;
}

static int refuse_unknown(lua_State *L, const struct lig_opt *options, const char *name)
{
  const char *names[NEAR_MAX], *near;
  size_t count = 0;

  for (; options->name && count < NEAR_MAX; options++)
    names[count++] = options->name;
  near = lig_nearest(name, names, count);
  if (near)
    return luaL_error(L, "unknown option '%s' (did you mean '%s'?)", name, near);
  return luaL_error(L, "unknown option '%s'", name);
}

static int refuse_type(lua_State *L, const char *name, const char *wanted)
{
  return luaL_error(L, "bad option '%s' (%s expected, got %s)", name, wanted,
                    luaL_typename(L, -1));
}

static double number_option(lua_State *L, const struct lig_opt *option,
                            const char *wanted)
{
  double number;
  char range[64];

  if (lua_type(L, -1) != LUA_TNUMBER)
    refuse_type(L, option->name, wanted);
  number = lua_tonumber(L, -1);
  snprintf(range, sizeof range, "%.14g to %.14g", option->min, option->max);
  if (!(number >= option->min && number <= option->max))
    luaL_error(L, "bad option '%s' (out of range: %s)", option->name, range);
  return number;
}

static double whole_option(lua_State *L, const struct lig_opt *option,
                           const char *wanted)
{
  double number = number_option(L, option, wanted);

  if (number != (double)(long long)number)
    luaL_error(L, "bad option '%s' (%s expected, got a fraction)", option->name,
               wanted);
  return number;
}

/* The value is on top of the stack; the key is a copy, so that lua_next stays
 * intact. */
static void read_option(lua_State *L, const struct lig_opt *option, void *into)
{
  void *field = (char *)into + option->offset;

  switch (option->type) {
  case LIG_TEXT:
    if (lua_type(L, -1) != LUA_TSTRING)
      refuse_type(L, option->name, "string");
    if (strlen(lua_tostring(L, -1)) != lig_length(L, -1))
      luaL_error(L, "bad option '%s' (holds a zero byte)", option->name);
    *(const char **)field = lua_tostring(L, -1);
    break;
  case LIG_SECONDS:
    *(double *)field = number_option(L, option, "number of seconds");
    break;
  case LIG_COUNT:
    *(int *)field = (int)whole_option(L, option, "whole number");
    break;
  case LIG_BYTES:
    *(size_t *)field = (size_t)whole_option(L, option, "whole number of bytes");
    break;
  case LIG_BOOL:
    if (lua_type(L, -1) != LUA_TBOOLEAN)
      refuse_type(L, option->name, "boolean");
    *(bool *)field = lua_toboolean(L, -1) != 0;
    break;
  case LIG_ANY:
    break;
  }
}

void lig_read_options(lua_State *L, int index, const struct lig_opt *options,
                      void *into)
{
  if (lua_isnoneornil(L, index))
    return;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const struct lig_opt *option = options;
    const char *name;

    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "options have names, got a %s as a key", luaL_typename(L, -2));
    name = lua_tostring(L, -2);
    while (option->name && strcmp(option->name, name) != 0)
      option++;
    if (!option->name)
      refuse_unknown(L, options, name);
    read_option(L, option, into);
    lua_pop(L, 1);
  }
}
