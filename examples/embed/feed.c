/* The core without Lua: prints somebody's newest posts. Two calls at once over one
 * engine, the way any C program would do it.
 *
 *   INSTAGRAM_TOKEN_FILE=token.txt ./feed [base-url]
 *
 * base-url: a sandbox (`make sandbox`); without it, Instagram itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ig.h"

static int die(const char *what, const struct ig_error *error)
{
  fprintf(stderr, "%s: %s: %s\n%s\n", what, ig_kind_name(error->kind), error->message,
          ig_kind_advice(error->kind));
  return 1;
}

/* Prints the string members of interest, as the reader walks by: no tree is built. */
static void print_members(struct ig_call *call)
{
  struct ig_json json;
  enum ig_json_event event;
  size_t size;
  char *body = ig_call_body(call, &size);
  char name[32] = "";

  ig_json_init(&json, body, size);
  for (event = ig_json_next(&json); event > IG_JSON_END; event = ig_json_next(&json)) {
    if (event == IG_JSON_KEY)
      snprintf(name, sizeof name, "%.*s", (int)json.size, json.string);
    else if (event == IG_JSON_STRING &&
             (strcmp(name, "username") == 0 || strcmp(name, "permalink") == 0 ||
              strcmp(name, "timestamp") == 0))
      printf("%-10s %.*s\n", name, (int)json.size, json.string);
  }
}

static struct ig_call *get(struct ig_engine *engine, struct ig_app *app,
                           const struct ig_token *token, const char *path,
                           const char *fields)
{
  struct ig_parameter parameters[] = {{"fields", fields}, {"limit", "5"}};
  struct ig_call_opts opts = ig_call_defaults();

  return ig_call_api(engine, app, token, "GET", path, parameters, 2, &opts);
}

static int show(struct ig_engine *engine, struct ig_app *app,
                const struct ig_token *token)
{
  struct ig_call *me = get(engine, app, token, "/me", "username");
  struct ig_call *media = get(engine, app, token, "/me/media", "permalink,timestamp");
  int failed = !me || !media;

  while (!failed && (!ig_call_done(me) || !ig_call_done(media)))
    ig_engine_step(engine, 1);
  if (!failed && ig_call_error(me))
    failed = die("/me", ig_call_error(me));
  else if (!failed && ig_call_error(media))
    failed = die("/me/media", ig_call_error(media));
  else if (!failed) {
    print_members(me);
    print_members(media);
  }
  ig_call_free(media);
  ig_call_free(me);
  return failed;
}

int main(int argc, char **argv)
{
  const char *file = getenv("INSTAGRAM_TOKEN_FILE");
  struct ig_app_opts opts = ig_app_defaults();
  struct ig_engine *engine = NULL;
  struct ig_app *app = NULL;
  struct ig_token token;
  struct ig_error error;
  int failed = 1;

  ig_token_init(&token);
  opts.base_url = argc > 1 ? argv[1] : NULL;
  if (!file || ig_secret_file(&token.secret, file, &error)) {
    fprintf(stderr, "set INSTAGRAM_TOKEN_FILE to a file that holds a token\n");
    return 1;
  }
  token.secret.size = strcspn(token.secret.data, "\r\n"); /* an editor's line end */
  app = ig_app_new(&opts, &error);
  if (app)
    engine = ig_engine_new(true, &error);
  if (engine)
    failed = show(engine, app, &token);
  else
    die("start", &error);
  ig_engine_free(engine);
  ig_app_release(app);
  ig_token_wipe(&token);
  return failed;
}
