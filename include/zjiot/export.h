/* What the shared library exports; everything else is hidden. */
#ifndef ZJIOT_EXPORT_H
#define ZJIOT_EXPORT_H

#if defined(__GNUC__)
#define ZJIOT_API __attribute__((visibility("default")))
#else
#define ZJIOT_API
#endif

#endif
