#include "live.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mqtt/socket.h"

void live_give_up(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static double wall_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The broker. */

static pid_t broker_id;
static char broker_config[] = "/tmp/bench-live-XXXXXX";

static void stop_broker(void) {
    if (broker_id > 0) {
        kill(broker_id, SIGTERM);
        waitpid(broker_id, NULL, 0);
    }
    unlink(broker_config);
}

static unsigned free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(descriptor, (struct sockaddr *)&address, size) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &size) != 0)
        live_give_up("no free port");
    close(descriptor);
    return ntohs(address.sin_port);
}

unsigned live_broker(void) {
    const int config = mkstemp(broker_config);
    const unsigned port = free_port();
    dprintf(config, "listener %u 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n%s",
            port, getuid() == 0 ? "user root\n" : "");
    close(config);
    broker_id = fork();
    if (broker_id == 0) {
        if (freopen("/dev/null", "w", stderr) != NULL) {
            execl("/usr/sbin/mosquitto", "mosquitto", "-c", broker_config, (char *)NULL);
            execlp("mosquitto", "mosquitto", "-c", broker_config, (char *)NULL);
        }
        _exit(LIVE_SKIPPED);
    }
    atexit(stop_broker);
    for (int i = 0; i < 100 && mqtt_probe("127.0.0.1", port, 100) != 0; i++) {
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        if (waitpid(broker_id, NULL, WNOHANG) == broker_id)
            return broker_id = 0, 0U;
    }
    return port;
}

void live_no_delay(unsigned port) {
    enum { DESCRIPTORS_MOST = 1024 };
    const int yes = 1;
    for (int descriptor = 0; descriptor < DESCRIPTORS_MOST; descriptor++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        if (getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
            ntohs(peer.sin_port) == port)
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
}

static double started;

void live_start(void) {
    started = wall_now();
}

bool live_race(const char *title, const struct live_variant *variants, size_t count, size_t bytes) {
    double ns[BENCH_MOST_ROWS][BENCH_ROUNDS], ratio[BENCH_MOST_ROWS][BENCH_ROUNDS];
    bool is_met = true;
    for (int round = -1; round < BENCH_ROUNDS; round++) { /* the first is for warming up */
        for (size_t turn = 0; turn < count; turn++) {
            const size_t i = round % 2 ? count - 1 - turn : turn;
            live_start();
            variants[i].run();
            if (round >= 0)
                ns[i][round] = (wall_now() - started) / variants[i].count;
        }
        for (size_t i = 0; i < count && round >= 0; i++)
            ratio[i][round] = ns[i][round] / ns[0][round];
    }
    printf("%s\n%-24s %10s %10s..%-10s %7s %7s %6s..%-6s  %s\n", title, "", "ns", "min", "max", "GB/s", "ratio", "min",
           "max", "goal");
    for (size_t i = 0; i < count; i++) {
        const struct bench row = {.name = variants[i].name, .bytes = bytes, .most_ratio = variants[i].most_ratio};
        is_met &= bench_print(&row, bench_sum_up(ns[i]), bench_sum_up(ratio[i]));
    }
    return is_met;
}
