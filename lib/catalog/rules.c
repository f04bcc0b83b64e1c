/* What rules between members have found: a deviation when a message is read, an error when it is written. */
#include "catalog/catalog.h"

int zj_rules_refuse(const struct zj_rules *rules, const struct zj_path *path, const struct zj_finding *finding) {
    char text[ZJIOT_PATH_SIZE];
    zj_path_text(path, finding->key, text);
    const size_t offset = rules->reader != NULL ? zj_json_place(rules->text, rules->size, text) : 0;
    return zj_fail_at(rules->error, finding->code, offset, text, "%s: found %s, expected %s", text, finding->found,
                      finding->expected);
}

bool zj_rules_are_heard(const struct zj_rules *rules) {
    return rules->reader == NULL || rules->reader->strict || rules->reader->report != NULL;
}

int zj_rules_report_at(const struct zj_rules *rules, const struct zj_path *path, size_t offset,
                       const struct zj_finding *finding) {
    struct zj_reader *reader = rules->reader;
    if (reader == NULL)
        return zj_rules_refuse(rules, path, finding);
    reader->path = path;
    const int code = zj_deviate(reader, finding->code, offset, finding->key, finding->found, finding->expected);
    reader->path = NULL;
    return code;
}

int zj_rules_report(const struct zj_rules *rules, const struct zj_path *path, const struct zj_finding *finding) {
    char text[ZJIOT_PATH_SIZE];
    size_t offset = 0;
    if (!zj_rules_are_heard(rules))
        return 0;
    if (rules->reader != NULL) {
        zj_path_text(path, finding->key, text);
        offset = zj_json_place(rules->text, rules->size, text);
    }
    return zj_rules_report_at(rules, path, offset, finding);
}
