/* With libcurl and jansson: a code for a long-lived token, then the profile, two pages
 * of media and a picture. libcurl finds a proxy in the environment, but no
 * certificates: a program names them, here from INSTAGRAM_SANDBOX_CA, which outside of
 * the sandbox is not set and leaves the system's. */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CURL *curl;

struct bytes {
  char *data;
  size_t size;
};

static void fail(const char *what)
{
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
  struct bytes *bytes = user;
  char *grown = realloc(bytes->data, bytes->size + count + 1);

  if (!grown)
    return 0;
  memcpy(grown + bytes->size, data, size * count);
  bytes->data = grown;
  bytes->size += count;
  grown[bytes->size] = '\0';
  return count;
}

/* GET, or POST when there is a form. The caller frees. */
static struct bytes ask(const char *address, const char *form)
{
  struct bytes bytes = { NULL, 0 };
  CURLcode code;

  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, address);
  if (getenv("INSTAGRAM_SANDBOX_CA"))
    curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("INSTAGRAM_SANDBOX_CA"));
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &bytes);
  if (form)
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
  code = curl_easy_perform(curl);
  if (code != CURLE_OK)
    fail(curl_easy_strerror(code));
  return bytes;
}

static json_t *ask_json(const char *address, const char *form)
{
  struct bytes bytes = ask(address, form);
  json_t *answer = json_loads(bytes.data ? bytes.data : "", 0, NULL);

  free(bytes.data);
  if (!answer)
    fail("no JSON");
  return answer;
}

static const char *member(const json_t *object, const char *name)
{
  const char *text = json_string_value(json_object_get(object, name));

  return text ? text : "";
}

/* The token of an answer. The caller frees. */
static char *take_token(json_t *answer)
{
  const char *text = member(answer, "access_token");
  size_t size = strlen(text) + 1;
  char *token = malloc(size);

  if (token)
    memcpy(token, text, size);
  json_decref(answer);
  return token;
}

static char *log_in(const char *code)
{
  const char *secret = getenv("CLIENT_SECRET");
  char text[2048], *redirect, *token;

  redirect = curl_easy_escape(curl, getenv("REDIRECT_URI"), 0);
  snprintf(text, sizeof text,
           "client_id=%s&client_secret=%s&grant_type=authorization_code&"
           "redirect_uri=%s&code=%s",
           getenv("CLIENT_ID"), secret, redirect, code);
  curl_free(redirect);
  token = take_token(ask_json("https://api.instagram.com/oauth/access_token", text));
  snprintf(text, sizeof text,
           "https://graph.instagram.com/access_token?grant_type=ig_exchange_token&"
           "client_secret=%s&access_token=%s",
           secret, token);
  free(token);
  return take_token(ask_json(text, NULL));
}

static void save_picture(const char *address)
{
  struct bytes picture = ask(address, NULL);
  FILE *file = fopen("picture.jpg", "wb");

  if (!file || fwrite(picture.data, 1, picture.size, file) != picture.size
      || fclose(file))
    fail("picture.jpg");
  printf("picture %zu bytes\n", picture.size);
  free(picture.data);
}

static void show_media(const char *token)
{
  json_t *first, *second, *post;
  char text[2048];
  size_t i;

  snprintf(text, sizeof text,
           "https://graph.instagram.com/me/media?limit=10&"
           "fields=media_type,media_url,timestamp&access_token=%s",
           token);
  first = ask_json(text, NULL);
  second = ask_json(member(json_object_get(first, "paging"), "next"), NULL);
  printf("page 1: %zu posts\n", json_array_size(json_object_get(first, "data")));
  printf("page 2: %zu posts\n", json_array_size(json_object_get(second, "data")));
  json_array_foreach(json_object_get(first, "data"), i, post) {
    if (strcmp(member(post, "media_type"), "IMAGE") == 0) {
      save_picture(member(post, "media_url"));
      break;
    }
  }
  json_decref(first);
  json_decref(second);
}

int main(int argc, char *argv[])
{
  char text[2048], *token;
  json_t *me;

  curl_global_init(CURL_GLOBAL_ALL);
  curl = curl_easy_init();
  if (argc != 2 || !curl)
    fail("usage: feed CODE");
  token = log_in(argv[1]);
  snprintf(text, sizeof text,
           "https://graph.instagram.com/me?fields=id,username&access_token=%s", token);
  me = ask_json(text, NULL);
  printf("user %s\n", member(me, "username"));
  show_media(token);
  json_decref(me);
  free(token);
  curl_easy_cleanup(curl);
  curl_global_cleanup();
  return 0;
}
