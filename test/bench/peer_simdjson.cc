// simdjson's DOM: a parser that is kept, its members in the order of the rows where they stand so.
#include <simdjson.h>

#include "peers.h"

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

bool read_record(const element &json, const zjiot_record *record, void *value, const body *body, zjiot_pool *pool);

bool read_list(const element &json, const zjiot_field *field, void *member, const body *body, zjiot_pool *pool) {
    simdjson::dom::array array;
    zjiot_list list;
    if (json.get(array) || !peer_make_list(pool, field->record->struct_size, array.size(), &list))
        return false;
    char *item = static_cast<char *>(list.items);
    for (const element each : array) {
        if (!read_record(each, field->record, item, body, pool))
            return false;
        item += field->record->struct_size;
    }
    memcpy(member, &list, sizeof list);
    return true;
}

bool read_hex_list(const element &json, void *member, zjiot_pool *pool) {
    simdjson::dom::array array;
    zjiot_list list;
    if (json.get(array) || !peer_make_list(pool, sizeof(zjiot_bytes), array.size(), &list))
        return false;
    zjiot_bytes *item = static_cast<zjiot_bytes *>(list.items);
    for (const element each : array) {
        std::string_view text;
        if (each.get(text) || !peer_read_hex(pool, text.data(), text.size(), item++))
            return false;
    }
    memcpy(member, &list, sizeof list);
    return true;
}

bool read_listed(const element &json, int64_t *member) {
    simdjson::dom::array array;
    return !json.get(array) && !array.at(0).get(*member);
}

bool read_member(const element &json, const zjiot_record *record, const zjiot_field *field, void *member,
                 const body *body, zjiot_pool *pool) {
    std::string_view text;
    switch (peer_form(field)) {
    case PEER_LISTED:
        return read_listed(json, static_cast<int64_t *>(member));
    case PEER_INT:
        return !json.get(*static_cast<int64_t *>(member));
    case PEER_REAL:
        return !json.get(*static_cast<double *>(member)); // takes integers too
    case PEER_TEXT:
        return !json.get(text) && peer_read_text(record, field, text.data(), text.size(), member, pool);
    case PEER_HEX_LIST:
        return read_hex_list(json, member, pool);
    case PEER_RECORD:
        return read_record(json, peer_record(field, body), peer_part(field, body, member), body, pool);
    case PEER_LIST:
        return read_list(json, field, member, body, pool);
    default:
        return false;
    }
}

// The DOM looks a key up from the front; the member behind the last one is tried first.
bool read_record(const element &json, const zjiot_record *record, void *value, const body *body, zjiot_pool *pool) {
    peer_masks masks = {ZJIOT_HAS_READ, 0};
    object members;
    if (json.get(members))
        return false;
    memset(value, 0, record->struct_size);
    object::iterator next = members.begin();
    const object::iterator end = members.end();
    for (unsigned i = 0; i < record->field_count; i++) {
        const zjiot_field *field = &record->fields[i];
        const std::string_view key(field->key, field->quoted_size - 4u); // without comma, quotes and colon
        element found;
        if (peer_form(field) == PEER_NONE)
            continue;
        if (next != end && next.key_equals(key)) {
            found = next.value();
            ++next;
        } else if (members.at_key(key).get(found)) {
            continue;
        }
        if (!read_member(found, record, field, static_cast<char *>(value) + field->offset, body, pool))
            return false;
        masks.has |= UINT64_C(1) << i;
    }
    memcpy(value, &masks, sizeof masks);
    return true;
}

bool is_message(const element &root, const peer_sign *sign) {
    element part = root;
    element value;
    std::string_view text;
    int64_t number = 0;
    if (sign->key == nullptr)
        return true;
    if ((sign->part != nullptr && root.at_key(sign->part).get(part)) || part.at_key(sign->key).get(value))
        return false;
    return sign->text != nullptr ? !value.get(text) && text == sign->text
                                 : !value.get(number) && number == sign->number;
}

} // namespace

extern "C" bool simdjson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool) {
    static simdjson::dom::parser parser;
    element root;
    return !parser.parse(reinterpret_cast<const uint8_t *>(text), size, false).get(root) &&
           is_message(root, &body->sign) && read_record(root, body->record, body->value, body, pool);
}
