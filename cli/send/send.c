/* Sends commands, and waits for the answers that belong to them. */
#include <stdlib.h>

#include "amount.h"
#include "output.h"
#include "send/send.h"

static struct send *current;

static void tell_interrupt(void) {
    send_tell_interrupt(current);
}

static int read_limits(struct send *send) {
    const char *settle = send->invocation.value[OPTION_SETTLE];
    const char *concurrency = send->invocation.value[OPTION_CONCURRENCY];
    enum { SETTLE_MS = 1000 };
    send->settle_ms = SETTLE_MS;
    send->concurrency = send->is_many ? SEND_CONCURRENCY : 1;
    if (settle != NULL && !amount_time(settle, &send->settle_ms)) {
        complain("--settle is a time such as 500ms, 1s or 2m");
        return EXIT_USAGE;
    }
    if (concurrency != NULL && !send->is_many) {
        complain("--concurrency is for many devices: --device-file");
        return EXIT_USAGE;
    }
    unsigned long number = send->concurrency;
    if (concurrency != NULL && (!amount_number(concurrency, SEND_CONCURRENCY_MOST, &number) || number == 0)) {
        complain("--concurrency is a number from 1 to %d", SEND_CONCURRENCY_MOST);
        return EXIT_USAGE;
    }
    send->concurrency = number;
    return EXIT_OK;
}

/* What can be wrong before anything is sent. */
static int prepare(struct send *send, const struct invocation *invocation) {
    int code = read_limits(send);
    if (code == EXIT_OK)
        code = send_devices_read(send);
    if (code == EXIT_OK)
        code = build_start(&send->builder, &send->invocation);
    if (code == EXIT_OK)
        code = send_operands_make(send, invocation);
    return code == EXIT_OK ? send_check_all(send) : code;
}

static int connect_and_send(struct send *send) {
    int code = broker_read(&send->invocation, &send->broker);
    if (code != EXIT_OK)
        return code;
    code = broker_unlock(&send->broker);
    if (code == EXIT_OK) {
        send->is_timeout_given = broker_setting(&send->broker, OPTION_TIMEOUT)->source != SOURCE_DEFAULT;
        send->start = mqtt_now();
        send->deadline = send->start + send->broker.timeout_ms;
        code = send_exchange(send);
    }
    broker_end(&send->broker);
    return code;
}

int run_send(const struct invocation *invocation) {
    static struct send send;
    send = (struct send){
        .invocation = *invocation,
        .is_many = invocation->value[OPTION_DEVICE_FILE] != NULL,
        .takes_guesses = invocation->value[OPTION_GUESS] != NULL,
    };
    send.invocation.operands = NULL;
    current = &send;
    output_on_signal(tell_interrupt);
    int code = prepare(&send, invocation);
    if (code == EXIT_OK)
        code = connect_and_send(&send);
    output_on_signal(NULL);
    build_end(&send.builder);
    send_requests_free(&send);
    free(send.track_memory);
    return code;
}
