/* Nothing secret stays behind: not in memory that is given back, not on the stack.
 *
 * Every call under test runs in a thread whose stack lies in an array, and every block goes through a free() of this
 * program; both are searched for pieces of the secrets. */
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include "crypto_unit.h"

/* A sanitizer brings a free() of its own, and keeps variables off the stack. */
#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 0
#endif
#endif
#if !defined(__GLIBC__)
#define WATCHED 0
#endif
#ifndef WATCHED
#define WATCHED 1
#endif

enum {
    PIECE = 12,
    MOST_PIECES = 32,
    STACK = 1 << 20,
    TEXT = 4096,
    REFUSED_CUT = 10, /* letters of a key that is cut short: hex of no known length, PEM without its end */
};

/* What is looked for: pieces that no chance brings about. */
static struct {
    const char *name;
    uint8_t bytes[PIECE];
} pieces[MOST_PIECES];
static size_t piece_count;

static bool is_watching;
static const char *found_in_block;

static void forget_pieces(void) {
    piece_count = 0;
}

static void look_for(const char *name, const void *bytes, size_t size) {
    assert_true(size >= PIECE && piece_count < MOST_PIECES);
    pieces[piece_count].name = name;
    memcpy(pieces[piece_count].bytes, (const uint8_t *)bytes + (size - PIECE) / 2, PIECE);
    piece_count++;
}

/* A number, as it is written and as mbedTLS keeps it. */
static void look_for_number(const char *name, const uint8_t *number, size_t size) {
    uint8_t reversed[1024];
    for (size_t i = 0; i < size; i++)
        reversed[i] = number[size - 1 - i];
    look_for(name, number, size);
    look_for(name, reversed, size);
}

static const char *find_piece(const uint8_t *memory, size_t size) {
    for (size_t at = 0; at + PIECE <= size; at++) {
        for (size_t i = 0; i < piece_count; i++) {
            if (memory[at] == pieces[i].bytes[0] && memcmp(memory + at, pieces[i].bytes, PIECE) == 0)
                return pieces[i].name;
        }
    }
    return NULL;
}

#if WATCHED
void __libc_free(void *block);
void free(void *block);

void free(void *block) {
    if (is_watching && block && !found_in_block)
        found_in_block = find_piece(block, malloc_usable_size(block));
    __libc_free(block);
}
#endif

static uint8_t stack[STACK] __attribute__((aligned(4096)));

/* The work is done far down on the stack, where nothing that comes after it writes. */
static void *go_deep(void *argument) {
    void *(*const *work)(void *) = argument;
    char above[64 * 1024];
    __asm__ volatile("" : : "r"(above) : "memory");
    void *const result = (*work)(NULL);
    __asm__ volatile("" : : "r"(above) : "memory");
    return result;
}

/* Runs `work` and returns the name of a secret that it left behind, or NULL. */
static const char *leftover(void *(*work)(void *)) {
    pthread_attr_t attributes;
    pthread_t thread;
    void *result;
    memset(stack, 0, sizeof(stack));
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, sizeof(stack)), 0);
    found_in_block = NULL;
    assert_int_equal(pthread_create(&thread, &attributes, go_deep, &work), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    is_watching = false;
    pthread_attr_destroy(&attributes);
    assert_null(result); /* the calls did what they should */
    const char *const on_stack = find_piece(stack, sizeof(stack));
    return found_in_block ? found_in_block : on_stack;
}

/* The calls' inputs and outputs: neither on that stack nor on the heap. */
static struct zjiot_key key, copy;
static struct zjiot_cipher cipher;
static char key_text[TEXT];
static size_t key_size;
static uint8_t sealed[TEXT], opened[TEXT];
static size_t sealed_size;
static const char body[] = "a body that is a secret, of more than one block of the hash and of the key stream both";
static struct plan plan;
static uint8_t k[1][ZJ_SM2_NUMBER];

#define WANT(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return (void *)(uintptr_t) #condition;                                                                     \
    } while (0)

static void *read_whole_key(void *argument) {
    is_watching = true;
    WANT(zjiot_key_read(&key, ZJIOT_KEY_ANY, key_text, key_size, NULL, NULL, NULL) == 0);
    return argument;
}

static void *refuse_key(void *argument) {
    is_watching = true;
    WANT(zjiot_key_read(&key, ZJIOT_KEY_ANY, key_text, key_size - REFUSED_CUT, NULL, NULL, NULL) < 0);
    return argument;
}

static void *copy_key(void *argument) {
    is_watching = true;
    WANT(zjiot_key_copy(&copy, &key, NULL, NULL) == 0);
    return argument;
}

static void *write_key(void *argument) {
    static char pem[ZJIOT_KEY_PEM_MAX];
    is_watching = true;
    WANT(zjiot_key_write(&key, true, pem, sizeof(pem), NULL) > 0);
    return argument;
}

static void *encrypt(void *argument) {
    is_watching = true;
    plan = (struct plan){.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])k, .count = cipher.kind == ZJIOT_KEY_SM2};
    const int64_t size = zjiot_encrypt(&cipher, body, sizeof(body), sealed, sizeof(sealed), NULL);
    WANT(size > 0);
    sealed_size = (size_t)size;
    return argument;
}

static void *decrypt(void *argument) {
    is_watching = true;
    WANT(zjiot_decrypt(&cipher, sealed, sealed_size, opened, sizeof(opened), NULL, NULL) == sizeof(body));
    return argument;
}

static void *refuse(void *argument) {
    is_watching = true;
    WANT(zjiot_decrypt(&cipher, sealed, sealed_size, opened, sizeof(opened), NULL, NULL) == ZJIOT_AUTH);
    return argument;
}

static void *free_key(void *argument) {
    is_watching = true;
    zjiot_key_free(&key);
    return argument;
}

static void assert_nothing_left(const char *name, void *(*work)(void *)) {
    const char *secret = leftover(work);
    if (secret)
        fail_msg("%s leaves %s behind", name, secret);
}

/*
 * The search itself finds what is there
 */

static void *leave_on_stack(void *argument) {
    char left[sizeof(body)];
    memcpy(left, body, sizeof(body));
    __asm__ volatile("" : : "r"(left) : "memory");
    return argument;
}

static void *leave_in_block(void *argument) {
    is_watching = true;
    char *block = malloc(sizeof(body));
    WANT(block);
    memcpy(block, body, sizeof(body));
    __asm__ volatile("" : : "r"(block) : "memory");
    free(block);
    return argument;
}

static void test_search(void **state) {
    (void)state;
    forget_pieces();
    look_for("the body", body, sizeof(body));
#if WATCHED
    assert_string_equal(leftover(leave_on_stack), "the body");
    assert_string_equal(leftover(leave_in_block), "the body");
#else
    (void)leave_on_stack, (void)leave_in_block;
#endif
}

/*
 * The calls
 */

static void use_key(const char *text) {
    key_size = strlen(text);
    assert_true(key_size < sizeof(key_text));
    memcpy(key_text, text, key_size);
}

static void use_cipher(enum zjiot_key_kind kind, enum zjiot_rsa_padding padding) {
    cipher = (struct zjiot_cipher){
        .kind = kind, .public_key = &key, .private_key = &key, .rsa_padding = padding, .random = {fill_by_plan, &plan}};
}

static void check_calls(void) {
    assert_nothing_left("refusing a key", refuse_key);
    assert_nothing_left("reading a key", read_whole_key);
    assert_nothing_left("copying a key", copy_key);
    zjiot_key_free(&copy);
    assert_nothing_left("writing a key", write_key);
    assert_nothing_left("encrypting", encrypt);
    assert_nothing_left("decrypting", decrypt);
    sealed[sealed_size - 1] ^= 1;
    assert_nothing_left("refusing a body", refuse);
    assert_nothing_left("freeing a key", free_key);
    assert_int_equal(zj_any(key.own.bytes, sizeof(key)), 0);
}

static void test_sm2(void **state) {
    (void)state;
    json_t *row = json_array_get(member(crypto_vectors(), "sm2_encrypt_standard"), 0);
    uint8_t number[ZJ_SM2_NUMBER];
    char pem[ZJIOT_KEY_PEM_MAX];
    forget_pieces();
    look_for("the body", body, sizeof(body));
    from_hex(text_of(row, "d"), number, sizeof(number));
    look_for_number("d", number, sizeof(number));
    from_hex(text_of(row, "k"), k[0], sizeof(k[0]));
    look_for_number("k", k[0], sizeof(k[0]));
    from_hex(text_of(row, "x2"), number, sizeof(number));
    look_for_number("x2", number, sizeof(number));
    from_hex(text_of(row, "y2"), number, sizeof(number));
    look_for_number("y2", number, sizeof(number));
    look_for("d in hex", text_of(row, "d"), 64);
    use_cipher(ZJIOT_KEY_SM2, ZJIOT_RSA_PKCS1);
    use_key(text_of(row, "d"));
    check_calls();

    read_key(&key, text_of(row, "d"));
    assert_true(zjiot_key_write(&key, true, pem, sizeof(pem), NULL) > 0);
    zjiot_key_free(&key);
    look_for("d in base64", strchr(pem, '\n') + 52, 40);
    use_key(pem);
    check_calls();
}

static void test_rsa(void **state) {
    (void)state;
    json_t *row = json_array_get(member(member(crypto_vectors(), "hutool_interop"), "rsa"), 0);
    uint8_t der[2048];
    const size_t size = from_base64(text_of(row, "pkcs8_base64"), der, sizeof(der));
    const size_t d_at = 173, p_at = 304, q_at = 371; /* of PKCS#8 with 1024 bits */
    forget_pieces();
    look_for("the body", body, sizeof(body));
    assert_true(q_at + 64 < size && der[d_at - 3] == 0x02 && der[p_at - 3] == 0x02 && der[q_at - 3] == 0x02);
    look_for_number("d", der + d_at, 128);
    look_for_number("p", der + p_at, 64);
    look_for_number("q", der + q_at, 64);
    use_key(text_of(row, "pkcs8_base64"));
    for (int padding = ZJIOT_RSA_PKCS1; padding <= ZJIOT_RSA_PKCS1_TYPE1; padding++) {
        use_cipher(ZJIOT_KEY_RSA, (enum zjiot_rsa_padding)padding);
        check_calls();
    }
}

/* The dynamic linker saves all registers on the stack when a function is called for the first time: it is to do its
 * work before. */
static void bind_now(char **argv) {
    if (!getenv("LD_BIND_NOW") && setenv("LD_BIND_NOW", "1", 1) == 0)
        execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
    (void)argc;
    bind_now(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_sm2),
        cmocka_unit_test(test_rsa),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
