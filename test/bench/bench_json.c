/* JSON messages decoded and encoded by this library and by its peers, in times of the library's speed.
 *
 * Before anything is timed, every variant's structs are compared with jansson's, and every writer's texts are read
 * again. Prints which goals are met; a goal that is missed is no failure of the program, a wrong result is.
 */
#include "bench.h"

#include "count_malloc.h"
#include "variants.h"

#include "base/base.h"

enum { MOST_ROWS = 5 }; /* the variants, and the frames alone */

/* One line of the table: all variants with one message in one shape. A goal of 0 is none. */
struct line {
    const char *message;
    enum corpus_shape shape;
    bool encodes;
    double jansson;  /* goal: times as fast as jansson */
    double simdjson; /* the same for simdjson, where it is there */
};

static const struct line lines[] = {
    {"heartbeat", CORPUS_COMPACT, false, 15, 1.2},   {"postLux", CORPUS_COMPACT, false, 15, 1.2},
    {"getRuntime", CORPUS_COMPACT, false, 20, 1.2},  {"setTimetable", CORPUS_COMPACT, false, 20, 1.2},
    {"HY report", CORPUS_COMPACT, false, 15, 1.2},   {"push_msg", CORPUS_COMPACT, false, 15, 1.0},
    {"push_online", CORPUS_COMPACT, false, 15, 1.2}, {"BYD 50", CORPUS_COMPACT, false, 20, 1.2},
    {"heartbeat", CORPUS_PRETTY, false, 12, 1.2},    {"postLux", CORPUS_PRETTY, false, 12, 1.2},
    {"getRuntime", CORPUS_PRETTY, false, 12, 1.2},   {"setTimetable", CORPUS_PRETTY, false, 12, 1.2},
    {"HY report", CORPUS_PRETTY, false, 12, 1.2},    {"push_msg", CORPUS_PRETTY, false, 12, 1.0},
    {"push_online", CORPUS_PRETTY, false, 12, 1.2},  {"BYD 50", CORPUS_PRETTY, false, 12, 1.2},
    {"heartbeat", CORPUS_SHUFFLED, false, 8, 1.2},   {"postLux", CORPUS_SHUFFLED, false, 8, 1.2},
    {"getRuntime", CORPUS_SHUFFLED, false, 8, 1.2},  {"setTimetable", CORPUS_SHUFFLED, false, 8, 1.2},
    {"HY report", CORPUS_SHUFFLED, false, 8, 1.2},   {"push_msg", CORPUS_SHUFFLED, false, 8, 1.0},
    {"push_online", CORPUS_SHUFFLED, false, 8, 1.2}, {"BYD 50", CORPUS_SHUFFLED, false, 8, 1.2},
    {"heartbeat", CORPUS_COMPACT, true, 15, 0},      {"postLux", CORPUS_COMPACT, true, 15, 0},
    {"getRuntime", CORPUS_COMPACT, true, 25, 0},     {"setTimetable", CORPUS_COMPACT, true, 15, 0},
    {"HY report", CORPUS_COMPACT, true, 15, 0},      {"push_msg", CORPUS_COMPACT, true, 15, 0},
    {"push_online", CORPUS_COMPACT, true, 15, 0},    {"BYD 50", CORPUS_COMPACT, true, 25, 0},
};

/* A message of a tenth and a third of the size should cost as much a byte. */
static const char *const sizes[] = {"setTimetable/10", "setTimetable/3", "setTimetable"};
static const double most_growth = 1.25;

static unsigned goals;
static unsigned missed;

static void judge(bool is_met) {
    goals++;
    missed += !is_met;
    printf("  %s\n", is_met ? "pass" : "falls short");
}

/* --- Checks before the clock starts --- */

static void check_decoder(const struct corpus *corpus, const struct variant *variant, struct typed *sources) {
    struct run run;
    run_start(&run, corpus, variant, sources);
    for (unsigned i = 0; i < CORPUS_TEXTS; i++) {
        run_decode(&run);
        if (variant == &variants[0] && corpus->message->codec->settle != NULL)
            corpus->message->codec->settle(&run.typed);
        const struct body body = corpus->message->codec->body(corpus->message, &run.typed);
        const struct body wanted = corpus->message->codec->body(corpus->message, &sources[i]);
        if (run.failures > 0 || !same_body(&body, &wanted)) {
            fprintf(stderr, "%s reads text %u of %s otherwise\n", variant->name, i, corpus->message->name);
            exit(1);
        }
    }
    run_end(&run);
}

static void check_encoder(const struct corpus *corpus, const struct variant *variant, struct typed *sources) {
    struct run run, again;
    run_start(&run, corpus, variant, sources);
    run_start(&again, corpus, &variants[1], sources);
    for (unsigned i = 0; i < CORPUS_TEXTS; i++) {
        run_encode(&run);
        zjiot_pool_reset(&again.pool);
        const bool is_read = variants[1].decode(&again, run.out, run.size);
        const struct body body = corpus->message->codec->body(corpus->message, &again.typed);
        const struct body wanted = corpus->message->codec->body(corpus->message, &sources[i]);
        if (run.failures > 0 || !is_read || !same_body(&body, &wanted)) {
            fprintf(stderr, "%s writes message %u of %s otherwise\n", variant->name, i, corpus->message->name);
            exit(1);
        }
        /* The corpus has no number that is longer than it needs to be, and nor has what we write. */
        if (variant == &variants[0] && run.size != corpus->sizes[i]) {
            fprintf(stderr, "message %u of %s: %zu bytes instead of %zu\n", i, corpus->message->name, run.size,
                    corpus->sizes[i]);
            exit(1);
        }
    }
    run_end(&run);
    run_end(&again);
}

/* --- One line --- */

static double allocations_each(struct run *run, void (*call)(void *run)) {
    const uint64_t before = allocations();
    for (unsigned i = 0; i < CORPUS_TEXTS; i++)
        call(run);
    return (double)(allocations() - before) / CORPUS_TEXTS;
}

static double goal_of(const struct line *line, const struct variant *variant) {
    if (strcmp(variant->name, "jansson") == 0)
        return line->jansson;
    return strcmp(variant->name, "simdjson") == 0 ? line->simdjson : 0;
}

static void print_line(const struct line *line, const struct run *run, const struct bench *bench, double mallocs,
                       struct bench_figure ns, struct bench_figure ratio) {
    printf("    %-10s %12.1f %12.1f..%-12.1f %8.1f", bench->name, ns.median, ns.low, ns.high, mallocs);
    if (bench->run == run_frames) {
        printf("  %s; ours without it is %.1f times as fast as jansson\n",
               line->encodes ? "ours checks it" : "within ours and within each peer's", ratio.median);
        return;
    }
    if (run->variant == &variants[0]) {
        printf("  no malloc %35s", "");
        judge(mallocs == 0);
        return;
    }
    const double goal = goal_of(line, run->variant);
    printf("  ours is %5.1f times as fast (%5.1f..%-5.1f)", ratio.median, ratio.low, ratio.high);
    if (goal > 0) {
        printf("  goal %4.1f", goal);
        judge(ratio.median >= goal);
    } else {
        printf("\n");
    }
}

/* "decode heartbeat, compact"; valid until the next call. */
static const char *title_of(const struct line *line) {
    static char title[80];
    snprintf(title, sizeof title, "%s %s, %s", line->encodes ? "encode" : "decode", line->message,
             corpus_shape_names[line->shape]);
    return title;
}

/* The variants that take part in a line, and behind them the frames alone. How many. */
static size_t gather(const struct line *line, const struct corpus *corpus, struct typed *sources, struct run *runs,
                     struct bench *table) {
    size_t count = 0;
    for (size_t i = 0; i < variant_count; i++) {
        if (line->encodes ? variants[i].encode == NULL : variants[i].decode == NULL)
            continue;
        run_start(&runs[count], corpus, &variants[i], sources);
        table[count] = (struct bench){variants[i].name, line->encodes ? run_encode : run_decode, &runs[count], 0, 0, 0};
        count++;
    }
    if (corpus->message->codec->frames == NULL)
        return count;
    run_start(&runs[count], corpus, &variants[0], sources);
    table[count] = (struct bench){"its frame", run_frames, &runs[count], 0, 0, 0};
    return count + 1;
}

static void run_line(const struct line *line, const struct corpus *corpus, struct typed *sources) {
    struct run runs[MOST_ROWS];
    struct bench table[MOST_ROWS];
    uint64_t calls[MOST_ROWS];
    double ns[MOST_ROWS][BENCH_ROUNDS], ratio[MOST_ROWS][BENCH_ROUNDS], mallocs[MOST_ROWS];
    const size_t count = gather(line, corpus, sources, runs, table);
    for (size_t i = 0; i < count; i++) {
        mallocs[i] = allocations_each(&runs[i], table[i].run);
        calls[i] = bench_calibrate(&table[i]);
    }
    bench_rounds(table, calls, count, ns, ratio);
    const size_t last = count - 1;
    for (int round = 0; table[last].run == run_frames && round < BENCH_ROUNDS; round++) {
        const double peer = ns[1][round] - (line->encodes ? 0 : ns[last][round]);
        ratio[last][round] = peer / (ns[0][round] - ns[last][round]);
    }
    printf("%s, %zu bytes\n", title_of(line), corpus->mean_size);
    for (size_t i = 0; i < count; i++) {
        print_line(line, &runs[i], &table[i], mallocs[i], bench_sum_up(ns[i]), bench_sum_up(ratio[i]));
        if (runs[i].failures > 0)
            exit(1);
        run_end(&runs[i]);
    }
}

/* Makes the texts of a line, checks all variants with them, and times them. */
static void measure(const struct line *line) {
    static struct typed sources[CORPUS_TEXTS];
    struct zjiot_pool pool;
    struct corpus corpus;
    corpus_make(&corpus, corpus_find(line->message), line->shape);
    zjiot_pool_growing(&pool, NULL, SIZE_MAX);
    decode_sources(&corpus, &pool, sources);
    for (size_t i = 0; i < variant_count; i++) {
        if (!line->encodes && variants[i].decode != NULL)
            check_decoder(&corpus, &variants[i], sources);
        if (line->encodes && variants[i].encode != NULL)
            check_encoder(&corpus, &variants[i], sources);
    }
    run_line(line, &corpus, sources);
    zjiot_pool_release(&pool);
    corpus_free(&corpus);
}

/* --- Growth --- */

static void measure_growth(bool encodes) {
    static struct typed sources[ZJ_COUNT(sizes)][CORPUS_TEXTS];
    struct zjiot_pool pool;
    struct corpus corpora[ZJ_COUNT(sizes)];
    struct run runs[ZJ_COUNT(sizes)];
    struct bench table[ZJ_COUNT(sizes)];
    uint64_t calls[ZJ_COUNT(sizes)];
    double ns[ZJ_COUNT(sizes)][BENCH_ROUNDS], ratio[ZJ_COUNT(sizes)][BENCH_ROUNDS];
    zjiot_pool_growing(&pool, NULL, SIZE_MAX);
    for (size_t i = 0; i < ZJ_COUNT(sizes); i++) {
        corpus_make(&corpora[i], corpus_find(sizes[i]), CORPUS_COMPACT);
        decode_sources(&corpora[i], &pool, sources[i]);
        run_start(&runs[i], &corpora[i], &variants[0], sources[i]);
        table[i] = (struct bench){.run = encodes ? run_encode : run_decode, .argument = &runs[i]};
        calls[i] = bench_calibrate(&table[i]);
    }
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t turn = 0; turn < ZJ_COUNT(sizes); turn++) {
            const size_t i = round % 2 ? ZJ_COUNT(sizes) - 1 - turn : turn;
            ns[i][round] = bench_slice(&table[i], calls[i]) / (double)calls[i] / (double)corpora[i].mean_size;
        }
        for (size_t i = 0; i < ZJ_COUNT(sizes); i++)
            ratio[i][round] = ns[i][round] / ns[0][round];
    }
    printf("%s, ns a byte by size\n", encodes ? "encode" : "decode");
    for (size_t i = 0; i < ZJ_COUNT(sizes); i++) {
        const struct bench_figure each = bench_sum_up(ns[i]);
        const struct bench_figure growth = bench_sum_up(ratio[i]);
        printf("    %7zu bytes %6.3f (%.3f..%.3f), %.2f times the first (%.2f..%.2f), goal %.2f", corpora[i].mean_size,
               each.median, each.low, each.high, growth.median, growth.low, growth.high, most_growth);
        judge(growth.median <= most_growth);
        run_end(&runs[i]);
        corpus_free(&corpora[i]);
    }
    zjiot_pool_release(&pool);
}

/* With an argument only the lines whose title has it: bench_json "encode getRuntime". */
int main(int count, char **arguments) {
    printf("%-14s %12s %12s..%-12s %8s\n", "", "ns a message", "min", "max", "mallocs");
    for (size_t i = 0; i < ZJ_COUNT(lines); i++)
        if (count < 2 || strstr(title_of(&lines[i]), arguments[1]) != NULL)
            measure(&lines[i]);
    if (count < 2) {
        measure_growth(false);
        measure_growth(true);
    }
    printf("%u goals, %u met, %u fall short\n", goals, goals - missed, missed);
    return 0;
}
