/* The tests of the JSON reader once more, with its portable way of scanning in place of
 * SSE2: what a processor that has none would run. */
#define IG_JSON_PLAIN
#include <jansson.h>

#include "../../src/core/ig_json.c"
#include "../../src/core/ig_json_number.c"
#include "../../src/core/ig_json_string.c"

#include "test_json.c"
#include "test_json_values.c"
