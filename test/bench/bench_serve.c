/* serve beside a bare epoll server: what a push_online costs with 1,000 connections, and what 10,000 idle ones hold.
 *
 * The bare server reads, looks for the end of the object, and sends a fixed answer: what no server can do without. Both
 * are processes of their own, and the load comes from this one: in a turn all connections send one message, then all
 * answers are taken. The CPU time of the server's process counts, user and system. In each of 11 rounds both get 20
 * turns, one after the other by turns, for what else the machine does changes within a round; ratios are those of a
 * round. serve decodes, checks and writes its records to /dev/null.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "serve/serve.h"

enum {
    BUSY = 1000,      /* connections */
    TURNS = 20,       /* messages on each, in a round */
    IDLE = 10000,     /* connections */
    MOST_MIB = 200,   /* for those */
    MOST_OWN = 512,   /* bytes of our own for each */
    TREE_NODE = 32,   /* that search.h allocates, two for each */
    ROOM = 4096,      /* bytes of a read */
    BATCH = 256,      /* events taken at a time */
    DESCRIPTORS = 64, /* beside connections */
};

static const double most_ratio = 1.3;
static pid_t children[2];

static void stop_children(void) {
    for (int i = 0; i < 2; i++) {
        if (children[i] > 0) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
    }
}

/* --- The yardstick --- */

static const char bare_answer[] = "{\"cmd\":\"push_online_ack\",\"packnum\":\"0\"}";

/* Whether the bytes end with the object that they begin. */
static bool is_whole(const char *bytes, size_t size) {
    int depth = 0;
    bool is_text = false;
    for (size_t i = 0; i < size; i++) {
        const char letter = bytes[i];
        if (is_text && letter == '\\')
            i++;
        else if (letter == '"')
            is_text = !is_text;
        else if (!is_text && letter == '{')
            depth++;
        else if (!is_text && letter == '}' && --depth == 0)
            return i + 1 == size;
    }
    return false;
}

static void bare_take(int poll, int descriptor) {
    static char bytes[ROOM];
    const ssize_t size = read(descriptor, bytes, sizeof bytes);
    if (size <= 0) {
        epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL);
        close(descriptor);
    } else if (is_whole(bytes, (size_t)size) && write(descriptor, bare_answer, strlen(bare_answer)) < 0) {
        _exit(1);
    }
}

static void bare_serve(int listener) {
    struct epoll_event events[BATCH], event = {.events = EPOLLIN, .data.fd = listener};
    const int poll = epoll_create1(0);
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        const int count = epoll_wait(poll, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd != listener) {
                bare_take(poll, events[i].data.fd);
                continue;
            }
            event.data.fd = accept(listener, NULL, NULL);
            epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
    }
}

/* --- Servers --- */

static int listen_somewhere(unsigned *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, BUSY) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        live_give_up("cannot listen");
    *ret_port = ntohs(address.sin_port);
    return listener;
}

static unsigned start_bare(void) {
    unsigned port;
    const int listener = listen_somewhere(&port);
    children[0] = fork();
    if (children[0] == 0)
        bare_serve(listener);
    close(listener);
    return port;
}

static unsigned start_serve(const char *program) {
    char listen[32], connections[16];
    unsigned port;
    close(listen_somewhere(&port));
    snprintf(listen, sizeof listen, "127.0.0.1:%u", port);
    snprintf(connections, sizeof connections, "%d", BUSY + IDLE);
    children[1] = fork();
    if (children[1] != 0)
        return port;
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execl(program, program, "serve", "m4g", "--listen", listen, "--connections", connections, (char *)NULL);
    _exit(127);
}

static double cpu_ns(pid_t process) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        live_give_up("a server has ended");
    return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

static double resident_mib(pid_t process) {
    char path[64], line[256];
    unsigned long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "VmRSS: %lu", &kib);
    if (file != NULL)
        fclose(file);
    return (double)kib / 1024;
}

/* --- Modules --- */

static int connect_to(unsigned port) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)port),
    };
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    for (int i = 0; i < 250; i++) {
        if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0) {
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            return descriptor;
        }
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    live_give_up("cannot connect");
}

static void exchange_begin(int descriptor, const char *command, int number) {
    char text[ROOM];
    int size = snprintf(text, sizeof text, "{\"cmd\":\"%s\",\"IMEI\":\"8655010407%05d\"", command, number);
    if (command[1] == 'u') {
        size += snprintf(text + size, sizeof text - (size_t)size, ",\"packnum\":\"0\"");
        for (int i = 0; i < 9; i++)
            size += snprintf(text + size, sizeof text - (size_t)size, ",\"st%d\":[1],\"dt%d\":[0]", i, i);
    }
    size += snprintf(text + size, sizeof text - (size_t)size, "}");
    if (write(descriptor, text, (size_t)size) != size)
        live_give_up("cannot send");
}

static void exchange_end(int descriptor) {
    char text[ROOM];
    const ssize_t size = read(descriptor, text, sizeof text);
    if (size <= 0 || text[size - 1] != '}')
        live_give_up("no answer");
}

static void connect_many(unsigned port, int *descriptors, int count, int first) {
    for (int i = 0; i < count; i++) {
        descriptors[i] = connect_to(port);
        exchange_begin(descriptors[i], first > 0 ? "ping" : "push_online", first + i);
        exchange_end(descriptors[i]);
    }
}

/* CPU time of the server for a message on each connection, in ns. */
static double turn(pid_t process, const int *descriptors) {
    const double start = cpu_ns(process);
    for (int i = 0; i < BUSY; i++)
        exchange_begin(descriptors[i], "push_online", i);
    for (int i = 0; i < BUSY; i++)
        exchange_end(descriptors[i]);
    return cpu_ns(process) - start;
}

/* --- The tables --- */

static bool measure_time(const unsigned ports[2]) {
    static int descriptors[2][BUSY];
    double ns[2][BENCH_ROUNDS], ratio[2][BENCH_ROUNDS];
    for (int i = 0; i < 2; i++)
        connect_many(ports[i], descriptors[i], BUSY, 0);
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        double sums[2] = {0, 0};
        for (int i = 0; i < 2 * TURNS; i++) {
            const int server = (i + round) % 2;
            sums[server] += turn(children[server], descriptors[server]);
        }
        for (int i = 0; i < 2; i++)
            ns[i][round] = sums[i] / (TURNS * BUSY);
        ratio[0][round] = 1;
        ratio[1][round] = ns[1][round] / ns[0][round];
    }
    printf("CPU for a push_online of %d connections\n", BUSY);
    const struct bench rows[] = {{.name = "bare epoll and scan"}, {.name = "serve", .most_ratio = most_ratio}};
    bool is_met = true;
    for (int i = 0; i < 2; i++)
        is_met &= bench_print(&rows[i], bench_sum_up(ns[i]), bench_sum_up(ratio[i]));
    for (int i = 0; i < BUSY; i++) {
        close(descriptors[0][i]);
        close(descriptors[1][i]);
    }
    return is_met;
}

static bool measure_memory(unsigned port) {
    static int descriptors[IDLE];
    const double before = resident_mib(children[1]);
    connect_many(port, descriptors, IDLE, 10000);
    const double after = resident_mib(children[1]);
    const size_t own = sizeof(struct serve_connection) - sizeof(struct event) + 2 * TREE_NODE;
    printf("\n%d idle connections, each after a message\n", IDLE);
    printf("memory %.1f MiB, %.1f before: %.0f bytes each with libevent and malloc  <= %d MiB  %s\n", after, before,
           (after - before) * 1048576 / IDLE, MOST_MIB, after < MOST_MIB ? "pass" : "short");
    printf("of our own %zu bytes each  <= %d  %s\n", own, MOST_OWN, own <= MOST_OWN ? "pass" : "short");
    return after < MOST_MIB && own <= MOST_OWN;
}

int main(void) {
    const char *program = getenv("ZJIOTCTL");
    struct rlimit limit;
    if (program == NULL)
        live_give_up("ZJIOTCTL does not name the tool");
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    atexit(stop_children);
    signal(SIGPIPE, SIG_IGN);
    const unsigned ports[] = {start_bare(), start_serve(program)};
    bool is_met = measure_time(ports);
    if (limit.rlim_max < IDLE + DESCRIPTORS)
        printf("the process may not have %d descriptors (ulimit -n): no figures for idle connections\n", IDLE);
    else
        is_met &= measure_memory(ports[1]);
    return is_met ? 0 : 1;
}
