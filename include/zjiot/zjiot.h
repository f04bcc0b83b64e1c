/* libzjiot: typed, validated codecs for Zhenjiang's city platform and the devices behind it. No I/O: bytes, time and
 * memory come from the caller. */
#ifndef ZJIOT_ZJIOT_H
#define ZJIOT_ZJIOT_H

#include "zjiot/byd.h"
#include "zjiot/catalog.h"
#include "zjiot/cjt188.h"
#include "zjiot/crypto.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"
#include "zjiot/hex.h"
#include "zjiot/hy.h"
#include "zjiot/json.h"
#include "zjiot/m4g.h"
#include "zjiot/nb.h"
#include "zjiot/pool.h"
#include "zjiot/presence.h"
#include "zjiot/track.h"
#include "zjiot/zhenjiang.h"

#endif
