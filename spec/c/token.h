/* What the tests of tokens begin with: an answer that is read, a token that is looked
 * at, one as after a login. After test.h. */
#ifndef TOKEN_H
#define TOKEN_H

#include <string.h>

#include "ig_token.h"

static const double now = 1698796800; /* 1 November 2023 */

/* Reads a copy, as the body is decoded in place. */
TEST_HELPER enum ig_kind read_answer(struct ig_token *token, const char *body,
                                     double at, enum ig_token_call call,
                                     struct ig_error *error)
{
  char copy[4096];
  size_t size = strlen(body);

  memcpy(copy, body, size);
  return ig_token_read(token, copy, size, at, call, error);
}

TEST_HELPER void check_token(const struct ig_token *token, const char *secret,
                             const char *user_id, const char *permissions)
{
  CHECK_STR(token->secret.data, secret);
  CHECK_STR(token->user_id, user_id);
  CHECK_STR(token->permissions, permissions);
}

/* A long-lived token as after login, code and exchange at `at`. */
TEST_HELPER void make_long(struct ig_token *token, double at)
{
  struct ig_error error;

  ig_token_init(token);
  CHECK_INT(read_answer(token,
                        "{\"access_token\":\"short\",\"user_id\":17841405793187218,"
                        "\"permissions\":\"a,b\"}",
                        at, IG_TOKEN_CODE, &error),
            IG_OK);
  /* bd_token_long_ok */
  CHECK_INT(read_answer(token,
                        "{\"access_token\":\"mock_long_lived_token\",\"token_type\":"
                        "\"bearer\",\"expires_in\":5184000}",
                        at, IG_TOKEN_EXCHANGE, &error),
            IG_OK);
}

#endif
