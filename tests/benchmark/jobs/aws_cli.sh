#!/bin/sh
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu

while read -r id; do
    found=$(aws ec2 describe-iam-instance-profile-associations --filters "Name=instance-id,Values=$id" \
        --query 'length(IamInstanceProfileAssociations)' --output text)
    if [ "$found" = 0 ]; then
        aws ec2 associate-iam-instance-profile --instance-id "$id" --iam-instance-profile Name=web > /dev/null
    fi
done < instance_ids
