#!/usr/bin/env bash
# Runs inside a clean Debian, as root: installs both packages as people do, makes a county, takes a case from a
# village to it, opens the window, updates, and removes everything again. `cargo xtask release-check` calls it.
set -uo pipefail
cd /daiban
export DEBIAN_FRONTEND=noninteractive

passed=0
failed=0
log=/tmp/smoke.log

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# step WHAT COMMAND…: the first step that fails ends everything and shows its last words.
step() {
    local what=$1 begun=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what ($((SECONDS - begun)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        tail -n 40 "$log" | sed 's/^/        | /'
        finish
    fi
}

# until_true SECONDS COMMAND…: asks again and again.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "it did not happen: $*"; return 1; }
        sleep 0.2
    done
}

data=/var/lib/daiban-county
address=127.0.0.1:18443
ops=127.0.0.1:19180
county() { runuser -u daiban-county -- daiban-county "$@" --data "$data"; }
person() { jq -r --arg key "$1" '.people[0][$key]' people.json; }
desk() { runuser -u village -- env DAIBAN_PASSWORD="$(person password)" daiban-desk "$@" --json --data /home/village/desk; }

only_what_is_needed() {
    # Nobody is to start services here.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    apt-get update -q &&
        apt-get install -y -q --no-install-recommends jq curl
}

install_packages() { apt-get install -y -q --no-install-recommends ./daiban_*.deb ./daiban-county_*.deb; }

names_and_icons() {
    desktop=/usr/share/applications/daiban.desktop
    grep -qx 'Exec=daiban' "$desktop" && grep -q '^Name\[zh_CN\]=..' "$desktop" &&
        [ -s /usr/share/icons/hicolor/128x128/apps/daiban.png ] && [ -s /usr/share/doc/daiban/copyright ] &&
        [ -s /usr/share/daiban/ui/ui_bg.wasm ] && dpkg -s daiban daiban-county
}

watching_tools() { apt-get install -y -q --no-install-recommends systemd xvfb xauth dbus desktop-file-utils xdotool; }

descriptions_hold() {
    desktop-file-validate /usr/share/applications/daiban.desktop || return
    # The unit is sound, and what it is shut out from is worth at most 2 points of exposure.
    systemd-analyze verify /usr/lib/systemd/system/daiban-county.service || return
    systemd-analyze security --offline=true --threshold=20 /usr/lib/systemd/system/daiban-county.service
}

make_county() {
    county init --region "$(jq -r .region people.json)" --name "$(jq -r .name people.json)" --address "$address" --json >/tmp/init.json &&
        jq -e '.code and .ca_sha256' /tmp/init.json && [ "$(stat -c %U:%a "$data")" = daiban-county:700 ]
}

# Starts the county with the very command of the unit, as the unit's user.
open_county() {
    local command
    command=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/daiban-county.service)
    command=${command/'${DAIBAN_LISTEN}'/$address}
    command=${command/'${DAIBAN_OPS}'/$ops}
    # shellcheck disable=SC2086
    runuser -u daiban-county -- $command >/tmp/county.log 2>&1 &
    county_process=$!
    until_true 60 curl -sf "http://$ops/healthz" && curl -sf "http://$ops/readyz"
}

close_county() {
    pkill -TERM -u daiban-county -x daiban-county && wait "$county_process"
}

publish() { county catalogue publish catalogue; }

enrol() {
    useradd --create-home village &&
        county enrol-code --json --role "$(person role)" --name "$(person name)" --unit "$(person unit)" --unit-name "$(person unit_name)" >/tmp/code.json &&
        desk enrol --code "$(jq -r .code /tmp/code.json)" >/tmp/desk.json &&
        jq -e '.desk and .catalogue_release' /tmp/desk.json
}

# A case of the village: found by its initials, filled, handed in without the county.
new_case() {
    local item
    item=$(desk item search glbt | jq -re '.items[0].code') &&
        desk case new --item "$item" --answers catalogue/examples/gaoling.json --submit >/tmp/case.json &&
        jq -e '.status == "collected" and .receipt' /tmp/case.json
}

status_is() { [ "$(desk case show "$(jq -r .case /tmp/case.json)" | jq -r .status)" = "$1" ]; }

send_case() { desk sync --until-idle && status_is submitted; }

# Browser mode of the installed desk: it says where, and gives out the page and its program.
browser_mode() {
    runuser -u village -- daiban-desk serve --json --data /home/village/desk >/tmp/serve.json 2>/tmp/serve.log &
    local serving=$! address
    until_true 20 test -s /tmp/serve.json
    address=$(jq -r .address /tmp/serve.json)
    curl -sf -o /tmp/page.html "$address" && grep -q boot.js /tmp/page.html &&
        curl -sf -o /tmp/ui.wasm "${address}ui_bg.wasm" && cmp /tmp/ui.wasm /usr/share/daiban/ui/ui_bg.wasm
    local good=$?
    pkill -TERM -u village -x daiban-desk
    wait "$serving" && [ "$good" -eq 0 ]
}

# The window, as it starts from the menu, on a display of its own: the page must say that it is ready.
window() {
    runuser -u village -- env RUST_LOG=daiban=info NO_AT_BRIDGE=1 \
        xvfb-run --auto-servernum --server-args='-screen 0 1366x768x24' dbus-run-session -- \
        sh -c 'daiban --data /home/village/desk 2>/tmp/window.log & echo $! >/tmp/window.pid; wait $!' &
    local shown=$!
    until_true 60 grep -qs 'the page is ready' /tmp/window.log || { cat /tmp/window.log; return 1; }
    kill -TERM "$(cat /tmp/window.pid)"
    wait "$shown"
    until_true 20 no_engine
}

no_engine() { ! pgrep -u village WebKit; }

checksum() { (cd "$data" && find . -type f -exec sha256sum {} + | sort); }

update() {
    checksum >/tmp/before &&
        echo 'DAIBAN_LISTEN=127.0.0.1:18443' >>/etc/default/daiban-county &&
        apt-get install -y -q --no-install-recommends --reinstall ./daiban_*.deb ./daiban-county_*.deb &&
        checksum | cmp - /tmp/before && tail -n 1 /etc/default/daiban-county | grep -q 18443
}

remove() {
    apt-get purge -y -q daiban daiban-county && ! command -v daiban daiban-desk daiban-county &&
        [ ! -e /usr/share/daiban ] && [ ! -e /usr/lib/systemd/system/daiban-county.service ] &&
        [ ! -e /etc/default/daiban-county ]
}

data_stayed() { checksum | cmp - /tmp/before && [ -s /home/village/desk/desk.db ]; }

# Whoever says so when purging gets rid of the data.
purge_with_data() {
    apt-get install -y -q --no-install-recommends ./daiban-county_*.deb &&
        echo 'daiban-county daiban-county/delete-data boolean true' | debconf-set-selections &&
        apt-get purge -y -q daiban-county && [ ! -e "$data" ] && ! getent passwd daiban-county
}

step "a clean Debian takes packages" only_what_is_needed
step "both packages with all they need" install_packages
step "names, icons, licences and the window's files are there" names_and_icons
step "tools to look on" watching_tools
step "the menu entry and the service are well described" descriptions_hold
step "a county is made by the account of its own" make_county
step "the county opens and says that it is well" open_county
step "the sample catalogue is published" publish
step "a village desk is enrolled" enrol
step "the county closes when it is told to" close_county
step "no network: a case is found, filled and handed in" new_case
step "the county opens again" open_county
step "the case arrives" send_case
step "the county finds nothing wrong" county doctor
step "the audit book holds" county audit verify
step "browser mode serves the window" browser_mode
step "the window opens and its page is ready" window
step "the county closes" close_county
step "an update leaves data and settings as they are" update
step "everything is removed" remove
step "data stays, for it was not ours to delete" data_stayed
step "data goes when whoever purges says so" purge_with_data
finish
