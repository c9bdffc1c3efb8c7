#!/bin/sh
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# It asks for a confirmation if an instance has a role.
yes | metabadger harden-metadata --region "$AWS_REGION"
