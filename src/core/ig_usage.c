/* The rate headers. */
#include "ig_usage.h"

#include <stdbool.h>
#include <string.h>

#include "ig_buf.h"
#include "ig_json.h"

enum { HEADER_MAX = 64 * 1024 };

void ig_usage_clear(struct ig_usage *usage)
{
  usage->call_count = usage->total_time = usage->total_cputime = -1;
  usage->regain_seconds = -1;
}

bool ig_usage_known(const struct ig_usage *usage)
{
  return ig_usage_worst(usage) >= 0 || usage->regain_seconds >= 0;
}

/* The member a key stands for; NULL for one we do not know. Minutes are told apart. */
static double *member_of(struct ig_usage *usage, const char *key, size_t size)
{
  static const struct {
    const char *key;
    size_t offset;
  } keys[] = {
    { "call_count", offsetof(struct ig_usage, call_count) },
    { "call_volume", offsetof(struct ig_usage, call_count) },
    { "total_time", offsetof(struct ig_usage, total_time) },
    { "total_cputime", offsetof(struct ig_usage, total_cputime) },
    { "cpu_time", offsetof(struct ig_usage, total_cputime) },
    { "estimated_time_to_regain_access", offsetof(struct ig_usage, regain_seconds) },
  };

  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strlen(keys[i].key) == size && memcmp(keys[i].key, key, size) == 0)
      return (double *)(void *)((char *)usage + keys[i].offset);
  return NULL;
}

static void raise_to(double *member, double value)
{
  if (value > *member)
    *member = value;
}

/* Reads one object's members up to its end, keeping the greater of each. */
static bool read_members(struct ig_usage *usage, struct ig_json *json)
{
  for (;;) {
    enum ig_json_event event = ig_json_next(json);
    double *member;

    if (event == IG_JSON_OBJECT_END)
      return true;
    if (event != IG_JSON_KEY)
      return false;
    member = member_of(usage, json->string, json->size);
    event = ig_json_flat(json);
    if (event == IG_JSON_ERROR)
      return false;
    if (member && (event == IG_JSON_INTEGER || event == IG_JSON_NUMBER) &&
        json->number >= 0)
      raise_to(member, member == &usage->regain_seconds ? json->number * 60
                                                        : json->number);
  }
}

static bool read_app(struct ig_usage *usage, struct ig_json *json)
{
  return ig_json_next(json) == IG_JSON_OBJECT && read_members(usage, json);
}

/* The entries of one id, up to the array's end. */
static bool read_entries(struct ig_usage *usage, struct ig_json *json)
{
  enum ig_json_event event = ig_json_next(json);

  while (event == IG_JSON_OBJECT) {
    if (!read_members(usage, json))
      return false;
    event = ig_json_next(json);
  }
  return event == IG_JSON_ARRAY_END;
}

/* {"<id>":[{...},...],...} */
static bool read_business(struct ig_usage *usage, struct ig_json *json)
{
  enum ig_json_event event;

  if (ig_json_next(json) != IG_JSON_OBJECT)
    return false;
  for (event = ig_json_next(json); event == IG_JSON_KEY; event = ig_json_next(json))
    if (ig_json_next(json) != IG_JSON_ARRAY || !read_entries(usage, json))
      return false;
  return event == IG_JSON_OBJECT_END;
}

/* The reader decodes in place, and a header is not ours to change: a copy. */
static bool read_copy(struct ig_usage *usage, const char *value, size_t size,
                      bool (*read)(struct ig_usage *, struct ig_json *))
{
  struct ig_usage found;
  struct ig_json json;
  struct ig_buf copy;
  bool good;

  ig_usage_clear(&found);
  ig_buf_init(&copy, HEADER_MAX);
  good = size && !ig_buf_add(&copy, value, size);
  if (good) {
    ig_json_init(&json, copy.data, copy.size);
    good = read(&found, &json) && ig_json_next(&json) == IG_JSON_END;
  }
  ig_buf_free(&copy);
  good = good && ig_usage_known(&found);
  if (good)
    *usage = found;
  return good;
}

bool ig_usage_read_app(struct ig_usage *usage, const char *value, size_t size)
{
  return read_copy(usage, value, size, read_app);
}

bool ig_usage_read_business(struct ig_usage *usage, const char *value, size_t size)
{
  return read_copy(usage, value, size, read_business);
}

void ig_usage_merge(struct ig_usage *usage, const struct ig_usage *other)
{
  raise_to(&usage->call_count, other->call_count);
  raise_to(&usage->total_time, other->total_time);
  raise_to(&usage->total_cputime, other->total_cputime);
  raise_to(&usage->regain_seconds, other->regain_seconds);
}

double ig_usage_worst(const struct ig_usage *usage)
{
  double worst = usage->call_count;

  raise_to(&worst, usage->total_time);
  raise_to(&worst, usage->total_cputime);
  return worst;
}
