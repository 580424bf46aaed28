/* The yardstick: libcurl used barely, one reused easy handle, the body as a Lua string
 * or thrown away. What a good C programmer's minimum costs; lua-cjson does the
 * decoding. */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>

struct body {
  char *data;
  size_t size, room;
};

static CURL *easy;
static struct body body;

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
  (void)arg;
  size *= count;
  if (body.size + size > body.room) {
    body.room = (body.size + size) * 2;
    body.data = realloc(body.data, body.room);
    if (!body.data)
      return 0;
  }
  memcpy(body.data + body.size, bytes, size);
  body.size += size;
  return size;
}

static void fetch(lua_State *L, const char *url)
{
  if (!easy) {
    easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  }
  body.size = 0;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  if (curl_easy_perform(easy) != CURLE_OK)
    luaL_error(L, "bare libcurl failed");
}

/* bare.get(url) -> body */
static int get(lua_State *L)
{
  fetch(L, luaL_checkstring(L, 1));
  lua_pushlstring(L, body.data, body.size);
  return 1;
}

/* bare.size(url) -> bytes: no Lua string is made */
static int size_of(lua_State *L)
{
  fetch(L, luaL_checkstring(L, 1));
  lua_pushnumber(L, (lua_Number)body.size);
  return 1;
}

int luaopen_bare(lua_State *L);
int luaopen_bare(lua_State *L)
{
  lua_newtable(L);
  lua_pushcfunction(L, get);
  lua_setfield(L, -2, "get");
  lua_pushcfunction(L, size_of);
  lua_setfield(L, -2, "size");
  return 1;
}
