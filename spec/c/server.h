/* A small HTTP server for C tests, in a thread of its own: answers each request with
 * {"path":"..."}, as a picture where the path is "/", one connection after the other,
 * and closes it. server_start sets the port; server_stop ends it. After test.h. */
#ifndef SERVER_H
#define SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct server {
  int listener;
  int port;
  int delay_ms; /* before each answer */
  bool proxy;   /* somebody took it for one */
  bool held;    /* for the test */
  pthread_t thread;
};

TEST_HELPER bool server_read_head(int client, char *head, size_t room)
{
  size_t have = 0;

  while (have + 1 < room) {
    ssize_t got = read(client, head + have, room - 1 - have);

    if (got <= 0)
      return false;
    have += (size_t)got;
    head[have] = 0;
    if (strstr(head, "\r\n\r\n"))
      return true;
  }
  return false;
}

TEST_HELPER void server_answer(struct server *server, int client)
{
  char head[8192], path[64] = "", body[128], answer[512];
  int size;

  if (!server_read_head(client, head, sizeof head))
    return;
  sscanf(head, "%*s %63[^ ?]", path);
  if (path[0] != '/')
    server->proxy = true;
  if (server->delay_ms)
    usleep((useconds_t)server->delay_ms * 1000);
  snprintf(body, sizeof body, "{\"path\":\"%s\"}", path);
  size = snprintf(answer, sizeof answer,
                  "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nETag: \"v1\"\r\n"
                  "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                  path[1] ? "application/json" : "image/jpeg", strlen(body), body);
  if (send(client, answer, (size_t)size, MSG_NOSIGNAL) < 0)
    return;
}

TEST_HELPER void *server_run(void *arg)
{
  struct server *server = arg;
  struct timeval patience = {2, 0}; /* with who connects and says nothing */

  for (;;) {
    int client = accept(server->listener, NULL, NULL);

    if (client < 0)
      return NULL;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    server_answer(server, client);
    close(client);
  }
}

TEST_HELPER bool server_listen(struct server *server)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;

  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  memset(server, 0, sizeof *server);
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (server->listener < 0 ||
      bind(server->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen(server->listener, 64) < 0 ||
      getsockname(server->listener, (struct sockaddr *)&address, &size) < 0)
    return false;
  server->port = ntohs(address.sin_port);
  return true;
}

TEST_HELPER bool server_start(struct server *server, int delay_ms)
{
  if (!server_listen(server))
    return false;
  server->delay_ms = delay_ms;
  return pthread_create(&server->thread, NULL, server_run, server) == 0;
}

TEST_HELPER void server_stop(struct server *server)
{
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
}

#endif
