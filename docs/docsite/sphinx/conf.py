# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the site; `make docs` puts the pages beside this file."""

import os

project = "keyless.ec2"
title = html_short_title = html_title = "keyless.ec2"
copyright = "The keyless.ec2 authors"  # noqa: A001  Sphinx's name for it
language = "en"

extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# The pages of others are looked up only where there is a network: a build must not depend on one.
intersphinx_mapping = {}
if os.environ.get("KEYLESS_DOCS_ONLINE"):
    intersphinx_mapping["ansible_devel"] = ("https://docs.ansible.com/projects/ansible/devel/", None)

default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
smartquotes = False
# A request without its version is no HTTP for the highlighter, and all that a reader needs.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "sphinx_ansible_theme"
html_theme_options = {"display_version": False}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sphinx = html_use_index = False
html_context = {"display_github": False}
