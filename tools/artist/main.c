/* artist: reads one job a line from standard input and paints it. A line is
 * "scene out.jpg seed width height name=value ...". `seconds` makes a film: raw frames
 * go to ffmpeg. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paint.h"

static const struct scene *const rooms[] = {
  land_scenes, relief_scenes, sea_scenes,   town_scenes,  night_scenes, field_scenes,
  pot_scenes,  tile_scenes,   plate_scenes, plant_scenes, ink_scenes,
};

const char *job_text(const struct job *job, const char *name, const char *otherwise)
{
  int i;

  for (i = 0; i < job->count; i++)
    if (strcmp(job->names[i], name) == 0)
      return job->values[i];
  return otherwise;
}

bool job_has(const struct job *job, const char *name)
{
  return job_text(job, name, NULL) != NULL;
}

float job_number(const struct job *job, const char *name, float otherwise)
{
  const char *text = job_text(job, name, NULL);

  return text ? strtof(text, NULL) : otherwise;
}

static scene_fn *scene_named(const char *name)
{
  size_t i;
  const struct scene *s;

  for (i = 0; i < sizeof rooms / sizeof *rooms; i++)
    for (s = rooms[i]; s->name; s++)
      if (strcmp(s->name, name) == 0)
        return s->paint;
  return NULL;
}

static bool read_job(char *line, struct job *job)
{
  char *save = NULL, *word;
  int used = 0;

  memset(job, 0, sizeof *job);
  if (sscanf(line, "%31s %255s %u %d %d%n", job->scene, job->out, &job->seed,
             &job->width, &job->height, &used)
      != 5)
    return false;
  for (word = strtok_r(line + used, " \n", &save); word && job->count < 24;
       word = strtok_r(NULL, " \n", &save)) {
    char *equals = strchr(word, '=');

    if (!equals || equals - word > 15 || strlen(equals + 1) > 23)
      return false;
    memcpy(job->names[job->count], word, (size_t)(equals - word));
    memcpy(job->values[job->count++], equals + 1, strlen(equals + 1));
  }
  job->quality = (int)job_number(job, "quality", 82);
  job->limit = (int)(job_number(job, "limit", 30) * 1000);
  job->seconds = job_number(job, "seconds", 0);
  job->rate = job_number(job, "rate", 20);
  return true;
}

/* Scenes asked for with scale=2 draw at twice the size, which smooths fine detail. */
static struct canvas paint(struct job *job, scene_fn *scene)
{
  int twice = (int)job_number(job, "scale", 1);
  struct canvas c = canvas_new(job->width * twice, job->height * twice), half;

  scene(&c, job);
  if (twice != 2)
    return c;
  half = halve(&c);
  canvas_free(&c);
  return half;
}

static FILE *open_ffmpeg(const struct job *job)
{
  char command[640];

  snprintf(command, sizeof command,
           "ffmpeg -loglevel error -y -f rawvideo -pix_fmt rgb24 -s %dx%d -r %g -i - "
           "-an -c:v libx264 -threads 1 -profile:v main -preset slow -crf %g "
           "-pix_fmt yuv420p -bf 2 -g 250 -map_metadata -1 -fflags +bitexact "
           "-flags:v +bitexact -movflags +faststart '%s'",
           job->width, job->height, (double)job->rate,
           (double)job_number(job, "crf", 30), job->out);
  return popen(command, "w");
}

static bool film(struct job *job, scene_fn *scene)
{
  int i, frames = (int)(job->seconds * job->rate + 0.5f);
  size_t size = (size_t)job->width * (size_t)job->height * 3;
  unsigned char *rgb8 = need(size);
  FILE *pipe = open_ffmpeg(job);
  bool ok = pipe != NULL;

  for (i = 0; ok && i < frames; i++) {
    struct canvas c;

    job->time = (float)i / job->rate;
    c = paint(job, scene);
    canvas_bytes(&c, rgb8, 1);
    ok = fwrite(rgb8, 1, size, pipe) == size;
    canvas_free(&c);
  }
  free(rgb8);
  if (pipe && pclose(pipe) != 0)
    ok = false;
  return ok;
}

static bool picture(struct job *job, scene_fn *scene)
{
  struct canvas c = paint(job, scene);
  size_t size = canvas_jpeg(&c, job);

  canvas_free(&c);
  return size > 0;
}

static bool do_line(char *line)
{
  struct job job;
  scene_fn *scene;
  bool ok;

  if (line[0] == '#' || line[0] == '\n')
    return true;
  if (!read_job(line, &job)) {
    fprintf(stderr, "artist: cannot read: %s", line);
    return false;
  }
  scene = scene_named(job.scene);
  if (!scene) {
    fprintf(stderr, "artist: no scene '%s'\n", job.scene);
    return false;
  }
  job.time = job_number(&job, "time", 0);
  ok = job.seconds > 0 ? film(&job, scene) : picture(&job, scene);
  free(job.cache);
  if (!ok)
    fprintf(stderr, "artist: could not write '%s'\n", job.out);
  return ok;
}

int main(void)
{
  char line[1024];
  bool ok = true;

  while (fgets(line, sizeof line, stdin))
    ok = do_line(line) && ok;
  return ok ? 0 : 1;
}
