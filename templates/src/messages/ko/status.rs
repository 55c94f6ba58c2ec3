use maud::html;

use crate::messages::{Account, Errors};

pub(super) const ACCOUNT: Account = Account {
    title: "내 계정",
    profile: "프로필",
    number: "ID 번호",
    login_id: "사용자 이름(로그인 ID)",
    signs_in_with: "로그인 방법",
    ways_in: "로그인 수단",
    local_password: "비밀번호",
    from: "접속 주소",
    sessions: "로그인된 기기",
    sessions_text: "모든 기기에서 로그아웃하면 이 기기를 포함한 모든 세션이 종료됩니다.",
    everywhere: "모든 기기에서 로그아웃",
};

pub(super) const ERRORS: Errors = Errors {
    code: |status| format!("오류 {status}"),
    bad_request: (
        "요청을 이해할 수 없습니다",
        "주소나 양식의 내용이 올바르지 않습니다. 뒤로 가서 다시 시도하세요.",
    ),
    signed_out: (
        "로그아웃되어 있습니다",
        "보낸 내용은 받지 않았고 변경된 것은 없습니다. 로그인한 다음 뒤로 가서 다시 보내세요.",
    ),
    form_expired: (
        "양식을 받을 수 없습니다",
        "이 사이트의 페이지에서 보낸 양식이 아니거나 브라우저가 이를 알려 주지 않았습니다. 변경된 것은 없습니다. 뒤로 가서 페이지를 새로 고친 다음 다시 보내세요.",
    ),
    forbidden: (
        "이 경로로는 들어올 수 없습니다",
        "여기에서 보낸 요청은 받지 않습니다. 평소 주소로 페이지를 여세요.",
    ),
    not_found: ("페이지를 찾을 수 없습니다", "주소가 잘못되었거나 페이지가 옮겨졌을 수 있습니다."),
    method_not_allowed: (
        "이 페이지에서 쓸 수 없는 방식입니다",
        "이 주소에서 받지 않는 방식으로 요청했습니다. 링크를 눌러 페이지를 다시 여세요.",
    ),
    too_large: ("보낸 내용이 너무 큽니다", "요청이 허용된 크기를 넘었습니다. 한 번에 더 적게 보내세요."),
    too_many_requests: (
        "요청이 너무 많습니다",
        "짧은 시간에 같은 주소에서 많은 요청이 들어왔습니다. 1분쯤 기다린 다음 다시 시도하세요.",
    ),
    internal: (
        "서버에서 문제가 발생했습니다",
        "계정에는 문제가 없습니다. 다시 시도하세요. 반복되면 아래 참조 번호를 알려 주세요.",
    ),
    bad_gateway: (
        "애플리케이션이 응답하지 않습니다",
        "로그인되어 있지만 게이트웨이 뒤의 애플리케이션에 연결할 수 없습니다. 잠시 뒤에 다시 시도하세요.",
    ),
    unavailable: (
        "잠시 로그인할 수 없습니다",
        "게이트웨이의 일부가 응답하지 않습니다. 계정에는 문제가 없습니다. 30초쯤 뒤에 다시 시도하세요.",
    ),
    gateway_timeout: (
        "애플리케이션의 응답이 너무 늦습니다",
        "로그인되어 있지만 게이트웨이 뒤의 애플리케이션이 제때 응답하지 않았습니다. 잠시 뒤에 다시 시도하세요.",
    ),
    sign_in_loop: (
        "로그인이 되풀이되고 있습니다",
        "이 브라우저가 몇 초 사이에 여러 번 로그인했고 그때마다 되돌아왔습니다. 브라우저가 쿠키를 저장하지 않거나 애플리케이션이 쿠키를 받지 않는 것일 수 있습니다. 이 사이트의 쿠키를 허용한 다음 다시 로그인하세요.",
    ),
    go_to_account: "내 계정으로 이동",
    denied_title: "이 페이지에 접근할 수 없습니다",
    signed_in_as: |username| html! { strong { (username) } " 계정으로 로그인되어 있습니다." },
    place: |place| html! { "요청한 곳: " strong { (place) } },
    missing_superuser: "슈퍼유저만 열 수 있습니다. 업무에 필요하면 슈퍼유저에게 요청하세요.",
    missing_roles: |roles| {
        format!("다음 역할 중 하나가 필요합니다: {roles}. 업무에 필요하면 관리자에게 요청하세요.")
    },
    missing_permission: |key| format!("{key} 권한이 필요합니다. 업무에 필요하면 관리자에게 요청하세요."),
    missing_network: |address| {
        format!(
            "정해진 네트워크에서만 열 수 있으며, 현재 주소({address})는 여기에 속하지 않습니다. \
             업무에 필요하면 관리자에게 요청하세요."
        )
    },
    missing_method: |method| {
        format!(
            "이 작업({method})은 누구에게도 허용되어 있지 않습니다. 업무에 필요하면 관리자에게 요청하세요."
        )
    },
    missing_rule: "이 계정에 접근을 허용하는 규칙이 없습니다. 업무에 필요하면 관리자에게 요청하세요.",
    sign_in_as_other: "다른 계정으로 로그인",
};
