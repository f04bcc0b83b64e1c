/* The openssl command: it reads what we write and writes what we read, keys and bodies. */
#include <unistd.h>

#include "crypto_unit.h"

enum { COMMAND = 1024, ROOM = 8192, MOST_FILES = 6 };

static char folder[] = "/tmp/zjiot-openssl-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    char command[COMMAND];
    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

/* Runs openssl in the folder; fails the test unless it succeeds. */
static void openssl(const char *arguments) {
    char command[2 * COMMAND];
    snprintf(command, sizeof(command), "cd %s && openssl %s >log 2>&1", folder, arguments);
    if (system(command) != 0)
        fail_msg("openssl %s failed", arguments);
}

static void save(const char *name, const void *bytes, size_t size) {
    char path[COMMAND];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static size_t load(const char *name, uint8_t bytes[ROOM]) {
    char path[COMMAND];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, ROOM, file);
    fclose(file);
    return size;
}

/* A key that openssl wrote, in any form. */
static void load_key(struct zjiot_key *ret_key, const char *name, bool is_private) {
    uint8_t text[ROOM];
    struct zjiot_error error = {0};
    const size_t size = load(name, text);
    if (zjiot_key_read(ret_key, ZJIOT_KEY_ANY, text, size, NULL, NULL, &error) != 0)
        fail_msg("%s: %s", name, error.text);
    assert_int_equal(zjiot_key_is_private(ret_key), is_private);
}

/* One body each way, with the key pair in key.pem. */
static void exchange(const struct zjiot_cipher *cipher, const char *options) {
    static const char body[] = "{\"context\":{\"cmd\":\"getRuntime\"}}";
    uint8_t bytes[ROOM], sealed[ROOM];
    char arguments[COMMAND];
    save("body", body, strlen(body));
    snprintf(arguments, sizeof(arguments), "pkeyutl -encrypt -pubin -inkey public.pem -in body -out sealed %s",
             options);
    openssl(arguments);
    assert_opens(cipher, sealed, load("sealed", sealed), body, strlen(body));

    const int64_t size = zjiot_encrypt(cipher, body, strlen(body), sealed, sizeof(sealed), NULL);
    assert_true(size > 0);
    save("sealed", sealed, (size_t)size);
    snprintf(arguments, sizeof(arguments), "pkeyutl -decrypt -inkey key.pem -in sealed -out opened %s", options);
    openssl(arguments);
    assert_int_equal(load("opened", bytes), strlen(body));
    assert_memory_equal(bytes, body, strlen(body));
}

/* Both keys of a pair, as the cipher wants them. */
static void exchange_all(struct zjiot_key *private_key, struct zjiot_key *public_key) {
    struct zjiot_cipher cipher = {
        .kind = zjiot_key_kind(private_key), .public_key = public_key, .private_key = private_key};
    if (cipher.kind == ZJIOT_KEY_SM2) {
        cipher.sm2_layout = ZJIOT_SM2_ASN1;
        exchange(&cipher, "");
        return;
    }
    exchange(&cipher, "-pkeyopt rsa_padding_mode:pkcs1");
    cipher.rsa_padding = ZJIOT_RSA_OAEP_SHA1;
    exchange(&cipher, "-pkeyopt rsa_padding_mode:oaep");
    cipher.rsa_padding = ZJIOT_RSA_OAEP_SHA256;
    exchange(&cipher, "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256");
}

static void test_keys_of_openssl(void **state) {
    (void)state;
    static const struct {
        const char *make;
        const char *files[2][MOST_FILES]; /* the public key in other forms, and the private one; up to NULL */
    } rows[] = {
        {"genpkey -algorithm SM2 -out key.pem",
         {{"pkey -in key.pem -pubout -outform DER -out copy", "ec -in key.pem -pubout -param_enc explicit -out copy"},
          {"ec -in key.pem -out copy", "ec -in key.pem -outform DER -out copy",
           "ec -in key.pem -param_enc explicit -out copy", "pkey -in key.pem -outform DER -out copy",
           "ec -in key.pem -no_public -out copy"}}},
        {"ecparam -name SM2 -genkey -out key.pem", {{NULL}, {NULL}}},
        {"genrsa -out key.pem 1024",
         {{"rsa -in key.pem -RSAPublicKey_out -out copy", "rsa -in key.pem -RSAPublicKey_out -outform DER -out copy"},
          {"rsa -in key.pem -traditional -out copy", "rsa -in key.pem -outform DER -out copy",
           "rsa -in key.pem -traditional -outform DER -out copy"}}},
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        struct zjiot_key key, public_key, copy;
        char ours[ZJIOT_KEY_PEM_MAX], theirs[ZJIOT_KEY_PEM_MAX];
        openssl(rows[i].make);
        openssl("pkey -in key.pem -pubout -out public.pem");
        load_key(&key, "key.pem", true);
        load_key(&public_key, "public.pem", false);
        exchange_all(&key, &public_key);
        for (int is_private = 0; is_private < 2; is_private++) {
            assert_true(zjiot_key_write(&key, is_private, ours, sizeof(ours), NULL) > 0);
            for (const char *const *make = rows[i].files[is_private]; *make; make++) {
                openssl(*make);
                load_key(&copy, "copy", is_private);
                assert_true(zjiot_key_write(&copy, is_private, theirs, sizeof(theirs), NULL) > 0);
                assert_string_equal(ours, theirs);
                zjiot_key_free(&copy);
            }
        }
        zjiot_key_free(&key);
        zjiot_key_free(&public_key);
    }
}

static void test_keys_of_ours(void **state) {
    (void)state;
    static const enum zjiot_key_kind kinds[] = {ZJIOT_KEY_SM2, ZJIOT_KEY_RSA};
    for (size_t i = 0; i < ZJ_COUNT(kinds); i++) {
        struct zjiot_key key;
        char text[ZJIOT_KEY_PEM_MAX];
        assert_int_equal(zjiot_key_generate(&key, kinds[i], kinds[i] == ZJIOT_KEY_RSA ? 1024 : 0, NULL, NULL), 0);
        int64_t size = zjiot_key_write(&key, true, text, sizeof(text), NULL);
        save("key.pem", text, (size_t)size);
        size = zjiot_key_write(&key, false, text, sizeof(text), NULL);
        save("public.pem", text, (size_t)size);
        openssl("pkey -in key.pem -check -noout");
        openssl("pkey -pubin -in public.pem -pubcheck -noout");
        exchange_all(&key, &key);
        zjiot_key_free(&key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_openssl),
        cmocka_unit_test(test_keys_of_ours),
    };
    return cmocka_run_group_tests_name("openssl", tests, make_folder, remove_folder);
}
