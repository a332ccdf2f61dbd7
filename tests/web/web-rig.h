/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of xenav-vnc's web side: folders with a page and noVNC, the server at a socket
 * in the file system, and a browser's end of HTTP and WebSockets.
 */
#ifndef XENAV_WEB_RIG_H
#define XENAV_WEB_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/test.h"
#include "vnc/web/web.h"

#define WAIT_MS     60000
#define MAX_CLIENTS 3

struct web_rig {
	char dir[64];
	char address[80], page[80], novnc[80];
	struct web *web;
	int n_fds;
};
extern struct web_rig rig;

int make_folders(void **state);
struct web_config config(void);
int begin(void **state);
int end(void **state);

#define TEST(name) TEST_WITH(name, begin, end)

/* A connection to the server. */
int dial(void);

/* Send all. */
void say(int fd, const void *bytes, size_t n);

/* Read n bytes, or up to the end. @return how many came. */
size_t hear(int fd, void *bytes, size_t n);

/* The answer to a request, up to the end of the connection. */
const char *ask(const char *request);

/* Ask for a WebSocket. */
void upgrade(int fd, const char *path, const char *host, const char *origin);

/* Read the head of an answer. @return whether the WebSocket is there. */
bool is_upgraded(int fd);

int open_websocket(void);

/* The server's end of the newest WebSocket, which asks for that screen, or for the first. */
int accept_screen(unsigned int screen);
int accept_client(void);

/* A binary message with a mask of zeroes. */
void send_message(int fd, const void *bytes, uint16_t n);

/* The payload of messages, until n bytes of it are there or the other side closes. */
size_t hear_messages(int fd, unsigned char *bytes, size_t n);

#endif
