/* Requests, as the two files that make and read them see them. */
#ifndef LIG_REQUEST_H
#define LIG_REQUEST_H

#include "lig.h"

/* What result() makes of the answer. */
enum lig_result {
  LIG_RESULT_TABLE,
  LIG_RESULT_TOKEN,
  LIG_RESULT_REFRESH,
  LIG_RESULT_BYTES,
  LIG_RESULT_FILE
};

struct lig_request {
  struct ig_call *call; /* NULL: result taken, or closed */
  enum lig_result result;
  double date; /* the server's clock when it answered; 0: it did not say */
  int attempts;
  double now; /* the time to count a token's life from; 0: ask the app's clock */
};

/* Pushes a request without a call yet; token_index 0: it needs none. The app and the
 * token live as long as the request. */
struct lig_request *lig_new_request(lua_State *L, enum lig_result result, int app_index,
                                    int token_index);

#endif
