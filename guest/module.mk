# SPDX-License-Identifier: MIT
# What guests may want to have; it is part of the documentation here.
dist_doc_DATA += guest/asound.conf
