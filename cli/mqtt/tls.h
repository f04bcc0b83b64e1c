/* Certificates: what is wrong with ours, and why a handshake failed. */
#ifndef CLI_MQTT_TLS_H
#define CLI_MQTT_TLS_H

#include "mqtt/mqtt.h"

/* Reads the files that the settings name. EXIT_OK or EXIT_CONFIG. */
int mqtt_tls_check(const struct mqtt_settings *settings, struct mqtt_failure *reterr_failure);

/* From now on every connection of the process checks that the certificate is this host's, and is watched. `host` lives
 * on; NULL: accept any. */
void mqtt_tls_watch(const char *host);

/* Whether connections that are made from now on speak TLS 1.2 at most. */
void mqtt_tls_limit(bool to_12);

/* Whether the handshake of the latest connection came to its end. */
bool mqtt_tls_is_done(void);

/* How the connection ended that this thread closed last. */
struct mqtt_tls_end {
    bool is_done; /* the handshake came to its end */
    long verify;  /* X509_V_... */
    int alert;    /* that the peer sent; 0: none */
};

/* Called by the thread that closed it; forgets it. */
struct mqtt_tls_end mqtt_tls_take_end(void);

/* False: TLS is not to blame. */
bool mqtt_tls_explain(const struct mqtt_settings *settings, const struct mqtt_tls_end *end,
                      struct mqtt_failure *ret_failure);

#endif
