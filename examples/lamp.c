/* Decodes a lamp's report and says what is odd about it.
 *
 *   cc lamp.c $(pkg-config --cflags --libs libzjiot) */
#include <stdio.h>

#include <zjiot/zjiot.h>

int main(void) {
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    static const char text[] = "fffefdfc 05 0001 0101460000003c01f455f0012c0280001e028003a200fa00050105099c ffff";
    struct zjiot_deviation deviations[8];
    struct zjiot_report report = {.items = deviations, .capacity = 8};
    struct zjiot_nb_message message;
    struct zjiot_error error;

    int64_t size = zjiot_hex_read(text, sizeof text - 1, frame, sizeof frame, &error);
    if (size < 0 || zjiot_nb_decode(frame, (size_t)size, NULL, &message, &report, NULL, &error) != 0) {
        fprintf(stderr, "byte %zu: %s\n", error.offset, error.text);
        return 1;
    }
    if (message.type == ZJIOT_NB_STATUS)
        printf("lamp %08llx: %g %%, %g V\n", (unsigned long long)message.header.sn,
               (double)message.data.status.brightness, message.data.status.voltage);
    for (size_t i = 0; i < report.count && i < report.capacity; i++)
        printf("byte %zu: %s is %s, expected %s\n", deviations[i].offset, deviations[i].path, deviations[i].found,
               deviations[i].expected);
    return 0;
}
