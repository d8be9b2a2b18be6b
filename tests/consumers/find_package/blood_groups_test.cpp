#include "blood_groups.hpp"

#include <latent/testing/conformance_suite.hpp>

LATENT_CONFORMANCE_SUITE(BloodGroupsModel, BloodGroups(), patients);
