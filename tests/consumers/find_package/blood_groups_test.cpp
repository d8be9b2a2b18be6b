#include "blood_groups.hpp"

#include <latent/testing.hpp>

LATENT_CONFORMANCE_SUITE(BloodGroupsModel, BloodGroups(), patients);
