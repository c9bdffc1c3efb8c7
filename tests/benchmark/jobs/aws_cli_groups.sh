#!/bin/sh
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu

while read -r group; do
    set -- $(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$group" \
        --query 'AutoScalingGroups[0].LaunchTemplate.[LaunchTemplateId, Version]' --output text)
    template=$1 written=$2
    set -- $(aws ec2 describe-launch-template-versions --launch-template-id "$template" --versions "$written" \
        --query 'LaunchTemplateVersions[0].[VersionNumber, LaunchTemplateData.IamInstanceProfile.Name]' --output text)
    if [ "$2" != web ]; then
        number=$(aws ec2 create-launch-template-version --launch-template-id "$template" --source-version "$1" \
            --launch-template-data '{"IamInstanceProfile": {"Name": "web"}}' \
            --query LaunchTemplateVersion.VersionNumber --output text)
        case $written in
            '$Latest') ;;
            '$Default')
                aws ec2 modify-launch-template --launch-template-id "$template" --default-version "$number" > /dev/null
                ;;
            *)
                aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$group" \
                    --launch-template "LaunchTemplateId=$template,Version=$number"
                ;;
        esac
    fi
    ids=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$group" \
        --query "join(',', AutoScalingGroups[0].Instances[].InstanceId)" --output text)
    aws ec2 describe-iam-instance-profile-associations --filters "Name=instance-id,Values=$ids" \
        --query "IamInstanceProfileAssociations[?!ends_with(IamInstanceProfile.Arn, '/web')].[AssociationId]" --output text |
        while read -r association; do
            aws ec2 replace-iam-instance-profile-association --association-id "$association" \
                --iam-instance-profile Name=web > /dev/null
        done
done < group_names
