#include "mqtt/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

#include "mqtt/inside.h"

/* Why OpenSSL could not do something, without its own numbers. */
static const char *openssl_reason(void) {
    unsigned long error = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(error);
    ERR_clear_error();
    return text != NULL ? text : "unknown reason";
}

/* A key with a passphrase: there is nobody to ask. */
static int no_passphrase(char *out, int size, int writing, void *context) {
    (void)out, (void)size, (void)writing, (void)context;
    return -1;
}

int mqtt_tls_check(const struct mqtt_settings *settings, struct mqtt_failure *reterr_failure) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int code = EXIT_OK;
    const char *key = settings->key != NULL ? settings->key : settings->cert;
    if (context == NULL)
        return fail(reterr_failure, EXIT_INTERNAL, "TLS is not available: %s", openssl_reason());
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (settings->key != NULL && settings->cert == NULL)
        code = fail(reterr_failure, EXIT_CONFIG, "--key needs the certificate that belongs to it: --cert");
    else if (settings->ca != NULL && SSL_CTX_load_verify_locations(context, settings->ca, NULL) != 1)
        code = fail(reterr_failure, EXIT_CONFIG, "%s: no certificate of an authority can be read from it: %s",
                    settings->ca, openssl_reason());
    else if (settings->cert != NULL && SSL_CTX_use_certificate_chain_file(context, settings->cert) != 1)
        code = fail(reterr_failure, EXIT_CONFIG, "%s: no certificate can be read from it: %s", settings->cert,
                    openssl_reason());
    else if (key != NULL && SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        code = fail(reterr_failure, EXIT_CONFIG, "%s: no private key can be read from it: %s", key, openssl_reason());
    else if (key != NULL && SSL_CTX_check_private_key(context) != 1)
        code = fail(reterr_failure, EXIT_CONFIG, "%s: the private key does not belong to the certificate %s", key,
                    settings->cert);
    SSL_CTX_free(context);
    return code;
}

static const char *expected_host;
static _Thread_local struct mqtt_tls_end last_end;

static atomic_bool is_latest_done, is_limited;

bool mqtt_tls_is_done(void) {
    return atomic_load(&is_latest_done);
}

static void note_progress(const SSL *ssl, int where, int value) {
    (void)ssl;
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
        atomic_store(&is_latest_done, true);
    if ((where & SSL_CB_READ) != 0 && (where & SSL_CB_ALERT) != 0 && (value & 0xff) != SSL_AD_CLOSE_NOTIFY)
        last_end.alert = value & 0xff;
}

/* paho makes its connections without a word, but OpenSSL tells everyone who reserves data in them. */
static void connection_made(void *parent, void *data, CRYPTO_EX_DATA *all, int index, long number, void *context) {
    (void)data, (void)all, (void)index, (void)number, (void)context;
    SSL *ssl = parent;
    last_end = (struct mqtt_tls_end){0};
    atomic_store(&is_latest_done, false);
    SSL_set_info_callback(ssl, note_progress);
    if (atomic_load(&is_limited))
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    if (expected_host != NULL && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), expected_host) != 1)
        SSL_set1_host(ssl, expected_host);
}

static void connection_ends(void *parent, void *data, CRYPTO_EX_DATA *all, int index, long number, void *context) {
    (void)data, (void)all, (void)index, (void)number, (void)context;
    const SSL *ssl = parent;
    last_end.is_done = SSL_is_init_finished(ssl);
    last_end.verify = SSL_get_verify_result(ssl);
}

void mqtt_tls_watch(const char *host) {
    static int index = -1;
    expected_host = host;
    if (index < 0)
        index = SSL_get_ex_new_index(0, NULL, connection_made, NULL, connection_ends);
}

void mqtt_tls_limit(bool to_12) {
    atomic_store(&is_limited, to_12);
}

struct mqtt_tls_end mqtt_tls_take_end(void) {
    struct mqtt_tls_end end = last_end;
    last_end = (struct mqtt_tls_end){0};
    return end;
}

static int explain_verify(const struct mqtt_settings *settings, long verify, struct mqtt_failure *ret_failure) {
    switch (verify) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return fail(ret_failure, EXIT_UNSENT, "the broker's certificate has expired");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return fail(ret_failure, EXIT_UNSENT, "the broker's certificate is not valid yet; is the clock right?");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return fail(ret_failure, EXIT_UNSENT, "the broker's certificate is for another host than %s", settings->host);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return fail(ret_failure, EXIT_UNSENT,
                    "the broker's certificate comes from an authority that is not known here; %s",
                    settings->ca != NULL ? "is --ca the right one?" : "name its certificate with --ca");
    default:
        return fail(ret_failure, EXIT_UNSENT, "the broker's certificate is not accepted: %s",
                    X509_verify_cert_error_string(verify));
    }
}

static int explain_alert(const struct mqtt_settings *settings, int alert, struct mqtt_failure *ret_failure) {
    const char *text = alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" /* unknown to OpenSSL 3.0 */
                                                            : SSL_alert_desc_string_long(alert);
    bool is_ours = alert == SSL_AD_CERTIFICATE_REQUIRED || alert == SSL_AD_NO_CERTIFICATE ||
                   (alert == SSL_AD_HANDSHAKE_FAILURE && settings->cert == NULL);
    if (is_ours)
        return fail(ret_failure, EXIT_REFUSED, "the broker wants a certificate of ours: --cert and --key (it says: %s)",
                    text);
    if (settings->cert != NULL)
        return fail(ret_failure, EXIT_REFUSED, "the broker refuses our certificate %s: %s", settings->cert, text);
    return fail(ret_failure, EXIT_REFUSED, "the broker refuses the TLS connection: %s", text);
}

bool mqtt_tls_explain(const struct mqtt_settings *settings, const struct mqtt_tls_end *end,
                      struct mqtt_failure *ret_failure) {
    if (!settings->use_tls)
        return false;
    if (end->verify != X509_V_OK && !settings->is_insecure)
        explain_verify(settings, end->verify, ret_failure);
    else if (end->alert != 0)
        explain_alert(settings, end->alert, ret_failure);
    else if (!end->is_done)
        fail(ret_failure, EXIT_PEER,
             "the peer does not speak TLS, or ended the handshake; is this the port for mqtts?");
    else
        return false;
    return true;
}
