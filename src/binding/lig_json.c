/* JSON events to Lua tables. Any Lua call may raise (memory): nothing is owned here but
 * stack. The same few names come in every item of a page, so each distinct name is
 * looked at and made a Lua string once and then copied from its place on the stack.
 * May know: lua.h, ig_json, ig_error. */
#include "lig_json.h"

#include <string.h>

#include "ig_json.h"

#define KEY_PLACES 64   /* a power of two */
#define KEPT_MAX 40     /* longer names are not kept */
#define DEPTH_STEP 16   /* containers for which the stack is asked at a time */
#define STACK_SPARE 6   /* what is pushed beyond the open containers and their keys */
#define ITEM_SIZE 512   /* bytes of an item in a page of media, about */
#define PAGE_MAX 128    /* items that are made room for before one is seen */

static const char redacted[] = "[redacted]";

enum key_kind { KEY_PLAIN, KEY_ID, KEY_SECRET };

/* A name that was seen; its Lua string lives at the same place of the Lua stack. */
struct key {
  const char *text;
  size_t size; /* 0: nothing here */
  enum key_kind kind;
};

struct level {
  bool array;
  int count;           /* elements or members so far */
  int arrays, objects; /* how many the last such container at this depth had */
};

struct builder {
  lua_State *L;
  struct ig_json json;
  const char *secret;
  size_t secret_size;
  bool secret_is_odd;    /* it has bytes for which there are escapes of one letter */
  int keys_at;           /* stack index of the first kept name */
  int depth;
  enum key_kind kind;    /* of the member whose value comes */
  struct key keys[KEY_PLACES];
  struct level levels[IG_JSON_DEPTH + 1];
};

/* memcmp() == 0 for short texts, without the call. */
static inline bool same(const char *a, const char *b, size_t size)
{
  uint64_t a8, b8;
  uint32_t a4, b4;

  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8) {
      memcpy(&a8, a + i, 8);
      memcpy(&b8, b + i, 8);
      if (a8 != b8)
        return false;
    }
    memcpy(&a8, a + size - 8, 8);
    memcpy(&b8, b + size - 8, 8);
    return a8 == b8;
  }
  if (size >= 4) {
    memcpy(&a4, a, 4);
    memcpy(&b4, b, 4);
    if (a4 != b4)
      return false;
    memcpy(&a4, a + size - 4, 4);
    memcpy(&b4, b + size - 4, 4);
    return a4 == b4;
  }
  return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

static enum key_kind classify(const char *text, size_t size)
{
  if (size >= 3 ? memcmp(text + size - 3, "_id", 3) == 0
                : size == 2 && memcmp(text, "id", 2) == 0)
    return KEY_ID;
  if ((size == 12 && memcmp(text, "access_token", 12) == 0) ||
      (size == 13 && memcmp(text, "client_secret", 13) == 0))
    return KEY_SECRET;
  return KEY_PLAIN;
}

/* The text was rid of the secret as it stands; escapes may have hidden it. Those of one
 * letter (every address has them) hide only what is spelled with them. */
static void mask(struct builder *b)
{
  if (b->json.coded || (b->json.escaped && b->secret_is_odd))
    ig_json_mask((char *)b->json.string, b->json.size, b->secret, b->secret_size);
}

static bool has_short_escapes(const char *text, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] < ' ' || strchr("\"\\/", text[i]))
      return true;
  return false;
}

static void push_new_key(struct builder *b, struct key *key, int place)
{
  lua_State *L = b->L;

  lua_pushlstring(L, b->json.string, b->json.size);
  b->kind = classify(b->json.string, b->json.size);
  if (b->json.size == 0 || b->json.size > KEPT_MAX)
    return;
  key->size = 0; /* while the place changes hands */
  lua_pushvalue(L, -1);
  lua_replace(L, b->keys_at + place);
  key->text = lua_tostring(L, -1);
  key->size = b->json.size;
  key->kind = b->kind;
}

static void push_key(struct builder *b)
{
  const char *text = b->json.string;
  size_t size = b->json.size;
  unsigned place = 0;
  struct key *key;

  mask(b);
  if (size)
    place = (2 * (unsigned char)text[0] + 7 * (unsigned char)text[size - 1] +
             30 * size) %
            KEY_PLACES;
  key = &b->keys[place];
  if (size && key->size == size && same(key->text, text, size)) {
    b->kind = key->kind;
    lua_pushvalue(b->L, b->keys_at + (int)place);
  } else
    push_new_key(b, key, (int)place);
}

static inline bool in_array(const struct builder *b)
{
  return b->levels[b->depth].array;
}

static void push_string(struct builder *b)
{
  if (b->kind == KEY_SECRET && !in_array(b)) {
    lua_pushlstring(b->L, redacted, sizeof redacted - 1);
    return;
  }
  mask(b);
  lua_pushlstring(b->L, b->json.string, b->json.size);
}

static void push_integer(struct builder *b)
{
  if (!b->json.exact || (b->kind == KEY_ID && !in_array(b)))
    lua_pushlstring(b->L, b->json.string, b->json.size);
#if LUA_VERSION_NUM >= 503
  else if ((lua_Integer)b->json.integer == b->json.integer)
    lua_pushinteger(b->L, (lua_Integer)b->json.integer);
#endif
  else
    lua_pushnumber(b->L, (lua_Number)b->json.integer);
}

static void push_null(struct builder *b)
{
  if (b->depth == 0 || in_array(b))
    lua_pushlightuserdata(b->L, NULL);
  else
    lua_pushnil(b->L); /* takes an earlier member of the same name away, too */
}

static bool open_table(struct builder *b, bool array)
{
  struct level *level = &b->levels[++b->depth];

  if (b->depth % DEPTH_STEP == 0 && !lua_checkstack(b->L, 2 * DEPTH_STEP + STACK_SPARE))
    return false;
  /* siblings are alike: room for as many as the last one had */
  lua_createtable(b->L, array ? level->arrays : 0, array ? 0 : level->objects);
  level->array = array;
  level->count = 0;
  return true;
}

static void close_table(struct builder *b)
{
  struct level *level = &b->levels[b->depth--];

  if (level->array)
    level->arrays = level->count;
  else
    level->objects = level->count;
}

/* The value on top goes into the innermost open container, if there is one. */
static inline void put_value(struct builder *b)
{
  struct level *level = &b->levels[b->depth];

  if (b->depth == 0)
    return;
  level->count++;
  if (level->array)
    lua_rawseti(b->L, -2, level->count);
  else
    lua_rawset(b->L, -3);
}

static int fails(struct builder *b, struct ig_error *error)
{
  lua_settop(b->L, b->keys_at - 1);
  if (b->json.problem)
    ig_error_set(error, IG_PARSE, "bad JSON at byte %lu: %s",
                 (unsigned long)b->json.offset, b->json.problem);
  else
    ig_error_set(error, IG_MEMORY, "the Lua stack cannot grow");
  return 0;
}

static int build(struct builder *b, struct ig_error *error)
{
  for (;;) {
    switch (ig_json_next(&b->json)) {
    case IG_JSON_KEY:
      push_key(b);
      continue;
    case IG_JSON_OBJECT:
      if (!open_table(b, false))
        return fails(b, error);
      continue;
    case IG_JSON_ARRAY:
      if (!open_table(b, true))
        return fails(b, error);
      continue;
    case IG_JSON_OBJECT_END:
    case IG_JSON_ARRAY_END:
      close_table(b);
      break;
    case IG_JSON_STRING:
      push_string(b);
      break;
    case IG_JSON_INTEGER:
      push_integer(b);
      break;
    case IG_JSON_NUMBER:
      lua_pushnumber(b->L, (lua_Number)b->json.number);
      break;
    case IG_JSON_TRUE:
      lua_pushboolean(b->L, 1);
      break;
    case IG_JSON_FALSE:
      lua_pushboolean(b->L, 0);
      break;
    case IG_JSON_NULL:
      push_null(b);
      break;
    case IG_JSON_END:
      lua_replace(b->L, b->keys_at);
      lua_settop(b->L, b->keys_at);
      return 1;
    case IG_JSON_ERROR:
      return fails(b, error);
    }
    put_value(b);
  }
}

static int guess_items(size_t size)
{
  return size / ITEM_SIZE < PAGE_MAX ? (int)(size / ITEM_SIZE) : PAGE_MAX;
}

int lig_json_push(lua_State *L, char *text, size_t size, const char *secret,
                  size_t secret_size, struct ig_error *error)
{
  struct builder b;

  memset(&b, 0, sizeof b);
  b.L = L;
  b.secret = secret;
  b.secret_size = secret_size;
  b.secret_is_odd = has_short_escapes(secret, secret_size);
  b.keys_at = lua_gettop(L) + 1;
  /* a page is a list, or an object with a list as a member */
  b.levels[1].arrays = b.levels[2].arrays = guess_items(size);
  if (!lua_checkstack(L, KEY_PLACES + 2 * DEPTH_STEP + STACK_SPARE))
    return fails(&b, error);
  lua_settop(L, b.keys_at + KEY_PLACES - 1);
  ig_json_init(&b.json, text, size);
  return build(&b, error);
}
