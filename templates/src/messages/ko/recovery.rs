use maud::html;

use crate::messages::{OneTime, Recovery, Strength};

pub(super) const RECOVERY: Recovery = Recovery {
    forgot: "비밀번호를 잊으셨나요?",
    title: "비밀번호를 잊으셨나요?",
    lead: "계정의 이메일 주소를 입력하세요. 새 비밀번호를 정할 수 있는 링크를 보내 드립니다.",
    sso: "SSO로 로그인한다면 비밀번호는 여기에 보관되지 않습니다. 그곳에서 재설정하세요.",
    send: "링크 보내기",
    remembered: "비밀번호가 기억나셨나요?",
    sent_title: "메일함을 확인하세요",
    sent: "이 주소의 계정이 있고 비밀번호를 사용한다면, 링크가 담긴 메일이 곧 도착합니다.",
    sent_again: "링크는 30분 동안 한 번만 사용할 수 있으며, 가장 최근에 보낸 것만 유효합니다.",
    not_there: "메일이 오지 않았나요? 스팸함을 살펴보고 주소를 확인하세요.",
    another: "다시 요청",
    reset_title: "새 비밀번호 정하기",
    reset_for: |username| html! { "계정: " strong { (username) } },
    reset_ends: "변경하면 모든 곳에서 로그아웃됩니다.",
    new: "새 비밀번호",
    save: "비밀번호 변경",
    void_title: "더 이상 사용할 수 없는 링크입니다",
    void: "이미 사용했거나, 더 최근의 링크가 있거나, 30분이 지났습니다. 비밀번호는 그대로입니다.",
    again: "새 링크 요청",
    done_title: "비밀번호가 변경되었습니다",
    done: "새 비밀번호로 로그인하세요. 모든 곳에서 로그아웃되었습니다.",
};

pub(super) const STRENGTH: Strength =
    Strength {
        label: "비밀번호 강도", weak: "약함", fair: "보통", good: "좋음", strong: "강함"
    };

pub(super) const ONE_TIME: OneTime = OneTime {
    crumb: "일회용 비밀번호",
    title: |name| format!("{name} 님의 일회용 비밀번호"),
    saved_title: "비밀번호가 설정되었습니다",
    saved: "이 사용자의 모든 세션이 종료되었고, 비밀번호 없이 그 사실만 메일로 알립니다.",
    label: "일회용 비밀번호",
    copy: "복사",
    copied: "복사됨",
    until: |at| {
        html! { strong { (at) " " (at.minute()) " UTC" } "까지 유효합니다. 처음 로그인할 때 다른 비밀번호를 정해야 합니다." }
    },
    once: "지금 한 번만 표시되며 어디에도 보관되지 않습니다. 메일이 아닌 다른 경로로 전달하세요.",
    done: "완료",
    generate: "일회용 비밀번호 만들기",
    generate_hint: "바로 설정되어 한 번만 표시되며, 이 페이지의 다른 변경 사항은 저장되지 않습니다.",
    lifetime: "이 경우 24시간 동안 유효합니다.",
    running: |at| {
        html! { "관리자가 설정한 비밀번호이며 " (at) " " (at.minute()) " UTC까지 유효합니다." }
    },
    lapsed: |at| {
        html! { "관리자가 설정한 비밀번호이며 " (at) " " (at.minute()) " UTC에 만료되어 더 이상 로그인할 수 없습니다." }
    },
};
