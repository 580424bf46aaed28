/* A token's life: sums over a clock the caller brings. */
#include "ig_token.h"

#include <stdint.h>
#include <string.h>

#include "ig_alloc.h"

/* Seconds. Meta's rules; what really happens is in the comments. */
static const double day = 86400, long_life = 60 * 86400.0, grant_life = 90 * 86400.0;
/* Short-lived tokens were seen to live to the full hour after "one hour": two at most.
 * */
static const double short_life_max = 2 * 3600;

void ig_token_init(struct ig_token *token)
{
  memset(token, 0, sizeof *token);
  token->extended = -1;
}

void ig_token_wipe(struct ig_token *token)
{
  ig_secret_free(&token->secret);
  ig_free(token->permissions);
  ig_wipe(token, sizeof *token);
  ig_token_init(token);
}

enum ig_kind ig_token_copy(struct ig_token *into, const struct ig_token *from)
{
  struct ig_token copy = *from;

  copy.secret.data = NULL;
  copy.secret.size = 0;
  copy.permissions = ig_strdup(from->permissions);
  if ((from->permissions && !copy.permissions) ||
      ig_secret_copy(&copy.secret, &from->secret)) {
    ig_token_wipe(&copy);
    return IG_MEMORY;
  }
  ig_token_wipe(into);
  *into = copy;
  return IG_OK;
}

bool ig_token_set_user_id(struct ig_token *token, const char *text, size_t size)
{
  if (!size || size > IG_USER_ID_MAX)
    return false;
  for (size_t i = 0; i < size; i++)
    if (text[i] < '0' || text[i] > '9')
      return false;
  memcpy(token->user_id, text, size);
  token->user_id[size] = 0;
  return true;
}

const char *ig_token_kind_name(enum ig_token_kind kind)
{
  return kind == IG_TOKEN_SHORT ? "short" : kind == IG_TOKEN_LONG ? "long" : "unknown";
}

/* Without libm: a program of the core alone need not link it. */
double ig_token_whole(double seconds)
{
  if (seconds > 0 && seconds < 9007199254740992.0)
    return (double)(int64_t)seconds;
  return seconds;
}

int ig_token_expired(const struct ig_token *token, double now)
{
  if (token->expires_at <= 0)
    return -1;
  return now >= token->expires_at;
}

/* The least age the token can have; negative when nothing tells. A long-lived token
 * never lives longer than 60 days, so what is missing from them is gone. */
static double least_age(const struct ig_token *token, double now)
{
  if (token->obtained_at > 0)
    return now > token->obtained_at ? now - token->obtained_at : 0;
  if (token->expires_at > now + short_life_max) {
    double age = long_life - (token->expires_at - now);

    return age > 0 ? age : 0;
  }
  return -1;
}

int ig_token_refreshable(const struct ig_token *token, double now, const char **why)
{
  double age = least_age(token, now);

  if (!token->secret.size) {
    *why = "The token is empty or closed.";
    return 0;
  }
  if (token->kind == IG_TOKEN_SHORT) {
    *why = "A short-lived token cannot be refreshed, only exchanged for a long-lived "
           "one.";
    return 0;
  }
  if (ig_token_expired(token, now) == 1) {
    *why = "The token has expired; only a new login helps.";
    return 0;
  }
  if (age >= day && (token->kind == IG_TOKEN_LONG || token->expires_at > 0))
    return 1;
  if (age >= 0 && age < day && token->obtained_at > 0) {
    *why = "The token is younger than 24 hours; a refresh would only return the life "
           "that remains.";
    return 0;
  }
  *why = "It is not known how old the token is; it must be 24 hours old and not "
         "expired.";
  return -1;
}

bool ig_token_permissions_expire(const struct ig_token *token, double *earliest,
                                 double *latest)
{
  double renewed = token->granted_at;

  *earliest = *latest = 0;
  if (token->granted_at <= 0)
    return false;
  /* obtained_at moves only when a token was handed out or its life grew. */
  if (token->obtained_at > renewed)
    renewed = token->obtained_at;
  *earliest = token->granted_at + grant_life;
  *latest = renewed + grant_life;
  /* A private account's grant could not have been renewed by then. */
  if (renewed >= *earliest)
    *earliest = *latest;
  return true;
}

const char *ig_token_family(const struct ig_token *token)
{
  static const struct {
    const char *start, *family;
  } known[] = {
      {"IGQ", "basic_display"}, {"IGA", "instagram_login"}, {"EA", "facebook"}};
  size_t i;

  for (i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t size = strlen(known[i].start);

    if (token->secret.size > size &&
        memcmp(token->secret.data, known[i].start, size) == 0)
      return known[i].family;
  }
  return NULL;
}
