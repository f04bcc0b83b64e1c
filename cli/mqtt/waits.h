/* How long paho's receiving thread waits, and what it reads is acknowledged at once: see mqtt_socket_acknowledge. */
#ifndef CLI_MQTT_WAITS_H
#define CLI_MQTT_WAITS_H

#include <stdbool.h>

/* paho 1.3.12 naps 100 ms whenever it had no socket, or nothing came for a second: one message in ten is late, and a
 * connection takes 110 ms. Between these calls its naps are 0.2 ms; poll waits beside them. */
void mqtt_naps_short(void);
void mqtt_naps_long(void);

/* And it looks whether a connection is made only when a poll for input ended, after 10 ms at first, then 1 s. Between
 * these calls after 0.1 ms, and after 1 ms once they have lasted 10. In its thread is_new is asked about each socket
 * that can be written to; where it is, paho need not wait at all. */
void mqtt_polls_short(bool (*is_new)(int descriptor));
void mqtt_polls_long(void);

#endif
