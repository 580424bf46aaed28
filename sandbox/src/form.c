/* Queries, urlencoded and multipart forms into Lua pairs. May know: lua.h. */
#define _GNU_SOURCE /* memmem, strcasestr */
#include "form.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "compat.h"

/* No form has more. A body of nothing but "a&" would be millions of tables, for which
 * everybody would wait. */
enum { PAIRS_MAX = 10000 };

struct view {
  const char *data;
  size_t size;
};

static int hex(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes into `out`, which has room for the text's size; the bytes written. */
static size_t decode(const char *text, size_t size, char *out)
{
  size_t i, n = 0;

  for (i = 0; i < size; i++) {
    int high = text[i] == '%' && i + 2 < size ? hex(text[i + 1]) : -1;
    int low = high >= 0 ? hex(text[i + 2]) : -1;

    if (low >= 0) {
      out[n++] = (char)(high << 4 | low);
      i += 2;
    } else {
      out[n++] = text[i] == '+' ? ' ' : text[i];
    }
  }
  return n;
}

/* Sets pair[which] of the pair on top of the stack. */
static void set_part(lua_State *L, int which, const char *text, size_t size)
{
  lua_pushlstring(L, text, size);
  lua_rawseti(L, -2, which);
}

static void push_pair(lua_State *L, const char *pair, size_t size, char *scratch)
{
  const char *equals = memchr(pair, '=', size);
  size_t name_size = equals ? (size_t)(equals - pair) : size;

  lua_createtable(L, 2, 0);
  set_part(L, 1, scratch, decode(pair, name_size, scratch));
  if (equals)
    set_part(L, 2, scratch, decode(equals + 1, size - name_size - 1, scratch));
  else
    set_part(L, 2, "", 0);
}

void igs_form_push_query(lua_State *L, const char *text, size_t size)
{
  const char *end = text + size;
  char *scratch;
  int count = 0;

  lua_newtable(L);
  if (!size)
    return;
  scratch = lua_newuserdata(L, size); /* below the array while it fills */
  lua_insert(L, -2);
  while (text < end && count < PAIRS_MAX) {
    const char *stop = memchr(text, '&', (size_t)(end - text));

    if (!stop)
      stop = end;
    if (stop > text) {
      push_pair(L, text, (size_t)(stop - text), scratch);
      lua_rawseti(L, -2, ++count);
    }
    text = stop + 1;
  }
  lua_remove(L, -2);
}

/* The value of a parameter such as boundary= or name= in a header's value: a token or a
 * quoted string, still with its backslashes; false when it is not there. */
static bool parameter(struct view line, const char *name, struct view *value)
{
  size_t length = strlen(name), i;

  for (i = 0; i + length + 1 < line.size; i++) {
    const char *at = line.data + i, *end = line.data + line.size;
    bool starts = i > 0 && strchr("; \t", at[-1]);

    if (!starts || strncasecmp(at, name, length) != 0 || at[length] != '=')
      continue;
    at += length + 1;
    value->data = at;
    if (*at == '"') {
      for (value->data = ++at; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
          at++;
    } else {
      while (at < end && !strchr("; \t\r\n", *at))
        at++;
    }
    value->size = (size_t)(at - value->data);
    return true;
  }
  return false;
}

/* Undoes backslashes and the three escapes browsers use in names. */
static void push_name(lua_State *L, struct view raw)
{
  luaL_Buffer out;
  size_t i;

  luaL_buffinit(L, &out);
  for (i = 0; i < raw.size; i++) {
    const char *at = raw.data + i;

    if (raw.size - i >= 3 && strncmp(at, "%22", 3) == 0) {
      luaL_addchar(&out, '"');
      i += 2;
      continue;
    }
    if (*at == '\\' && i + 1 < raw.size && strchr("\\\"", at[1]))
      i++;
    luaL_addchar(&out, raw.data[i]);
  }
  luaL_pushresult(&out);
}

/* The header line of that name in a part's head. */
static bool part_header(struct view head, const char *name, struct view *line)
{
  const char *at = head.data, *end = head.data + head.size;
  size_t length = strlen(name);

  while (at < end) {
    const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);

    if (!stop)
      stop = end;
    if ((size_t)(stop - at) > length && at[length] == ':'
        && strncasecmp(at, name, length) == 0) {
      line->data = at + length + 1;
      line->size = (size_t)(stop - line->data);
      while (line->size && *line->data == ' ') {
        line->data++;
        line->size--;
      }
      return true;
    }
    at = stop + 2;
  }
  return false;
}

/* Pushes the pair of one part, or nothing (false) when it has no name. */
static bool push_part(lua_State *L, struct view part)
{
  const char *gap = memmem(part.data, part.size, "\r\n\r\n", 4);
  struct view head, line, value;

  if (!gap)
    return false;
  head.data = part.data;
  head.size = (size_t)(gap - part.data);
  if (!part_header(head, "Content-Disposition", &line)
      || !parameter(line, "name", &value))
    return false;
  lua_createtable(L, 2, 0);
  push_name(L, value);
  lua_rawseti(L, -2, 1);
  set_part(L, 2, gap + 4, part.size - head.size - 4);
  if (parameter(line, "filename", &value)) {
    push_name(L, value);
    lua_setfield(L, -2, "filename");
  }
  if (part_header(head, "Content-Type", &line)) {
    lua_pushlstring(L, line.data, line.size);
    lua_setfield(L, -2, "type");
  }
  return true;
}

/* Past the next boundary from `at` on, NULL when there is none. */
static const char *past_mark(const char *at, const char *end, struct view mark)
{
  const char *found = memmem(at, (size_t)(end - at), mark.data, mark.size);

  return found ? found + mark.size : NULL;
}

/* Every part stands between "\r\n--boundary\r\n" and the next "\r\n--boundary"; the
 * first of these may lack its leading line end. */
static void push_multipart(lua_State *L, struct view boundary, struct view body)
{
  char text[4 + 200] = "\r\n--";
  struct view mark = { text, boundary.size + 4 };
  const char *at, *next, *end = body.data + body.size;
  int count = 0;

  lua_newtable(L);
  if (boundary.size == 0 || mark.size > sizeof text)
    return;
  memcpy(text + 4, boundary.data, boundary.size);
  if (body.size >= mark.size - 2 && memcmp(body.data, text + 2, mark.size - 2) == 0)
    at = body.data + mark.size - 2;
  else
    at = past_mark(body.data, end, mark);
  while (at && end - at >= 2 && memcmp(at, "\r\n", 2) == 0 && count < PAIRS_MAX) {
    struct view part;

    next = past_mark(at, end, mark);
    if (!next)
      return;
    part.data = at + 2;
    if (next - mark.size >= part.data) {
      part.size = (size_t)(next - part.data) - mark.size;
      if (push_part(L, part))
        lua_rawseti(L, -2, ++count);
    }
    at = next;
  }
}

static bool is_type(const char *content_type, const char *type)
{
  size_t length = strlen(type);

  return strncasecmp(content_type, type, length) == 0
         && (content_type[length] == '\0' || strchr("; \t", content_type[length]));
}

void igs_form_push(lua_State *L, const char *content_type, const char *body,
                   size_t size)
{
  struct view boundary, line, view;

  if (content_type && is_type(content_type, "application/x-www-form-urlencoded")) {
    igs_form_push_query(L, body, size);
    return;
  }
  if (!content_type || !is_type(content_type, "multipart/form-data")) {
    lua_pushnil(L);
    return;
  }
  line.data = content_type;
  line.size = strlen(content_type);
  view.data = body;
  view.size = size;
  if (!parameter(line, "boundary", &boundary))
    boundary.size = 0;
  push_multipart(L, boundary, view);
}
