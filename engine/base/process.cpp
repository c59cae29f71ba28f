#include "engine/base/process.h"
