use maud::html;

use crate::messages::{Login, Onward, Setup, Signup, Sso};
use crate::when::count;

pub(super) const LOGIN: Login = Login {
    title: |organisation| format!("{organisation} 로그인"),
    to_continue: |host| html! { "계속하려면 로그인하세요: " strong { (host) } },
    unanswered: "이 통합 로그인이 지금 응답하지 않습니다. 다시 시도하거나 다른 방법으로 로그인하세요.",
    or_local: "또는 로컬 계정으로 로그인",
    login: "사용자 이름 또는 이메일",
    no_account: "계정이 없으신가요?",
    failed_title: "로그인하지 못했습니다",
    failed: "사용자 이름 또는 비밀번호가 올바르지 않습니다.",
    locks: |failures, minutes| {
        format!("{}번 실패하면 계정이 {}분 동안 잠깁니다.", count(failures), count(minutes))
    },
    pending_title: "가입 신청이 승인을 기다리고 있습니다",
    pending: |at| html! { (at) "에 신청하셨습니다. 관리자가 계정을 승인해야 로그인할 수 있습니다." },
    withdraw: "신청 취소",
    inactive_title: "비활성화된 계정입니다",
    inactive: "관리자가 계정을 비활성화했습니다. 데이터는 그대로 보관됩니다.",
    regain: |help| html! { "다시 이용하려면 문의하세요: " (help) },
    received_title: "신청이 접수되었습니다",
    received: "관리자가 계정을 승인하면 여기에서 로그인할 수 있습니다.",
    busy_title: "로그인 요청이 많습니다",
    busy: "지금 많은 사람이 로그인하고 있습니다. 계정에는 문제가 없습니다. 몇 초 뒤에 다시 시도하세요.",
    idle_title: "일정 시간 동안 활동이 없어 로그아웃되었습니다",
    idle: "하던 일을 계속하려면 로그인하세요.",
};

pub(super) const ONWARD: Onward = Onward {
    continue_title: "로그인되었습니다",
    continuing: |host| html! { "이동하는 중입니다: " strong { (host) } },
    continue_to: |host| format!("{host} 열기"),
    signed_out_title: "로그아웃되었습니다",
    signed_out: "공용 컴퓨터에서는 브라우저도 닫으세요. SSO로 로그인했다면 그쪽에는 아직 로그인되어 있을 수 있습니다.",
    sign_in_again: "다시 로그인",
    sign_out_there: |provider| format!("{provider}에서도 로그아웃"),
};

pub(super) const SSO: Sso = Sso {
    sign_in_with_password: "비밀번호로 로그인",
    start_again: "처음부터 다시",
    denied_title: |provider| format!("{provider}에서 로그인되지 않았습니다"),
    denied: |provider| {
        format!(
            "접근이 거부되었거나 로그인이 취소되었습니다. 다시 시도하거나 {provider} 담당자에게 접근 권한을 요청하세요."
        )
    },
    unavailable_title: |provider| format!("{provider}에서 응답이 없습니다"),
    unavailable: "계정에는 문제가 없습니다. 잠시 뒤에 다시 시도하거나 다른 방법으로 로그인하세요.",
    bad_response_title: "안전을 위해 로그인을 중단했습니다",
    bad_response: |provider| {
        format!(
            "{provider}의 응답이 보안 검사를 통과하지 못해 사용하지 않았습니다. 다시 시도하세요. 반복되면 아래 참조 번호를 알려 주세요."
        )
    },
    expired_title: "로그인을 다시 시작해야 합니다",
    expired: "다른 곳에서 시작했거나 시작한 지 너무 오래된 로그인입니다. 계정에는 문제가 없습니다.",
    email_missing_title: |provider| format!("{provider}에서 이메일 주소를 보내지 않았습니다"),
    email_missing: |claim, scope| {
        html! {
            "계정에는 이메일 주소가 필요합니다. 클레임 " code { (claim) } "에 있어야 하며, 보통 스코프 " code { (scope) }
            "로 요청합니다. 이 내용을 SSO 담당자에게 전달하세요."
        }
    },
    email_unverified_title: "확인되지 않은 이메일 주소입니다",
    email_unverified: |provider| {
        format!(
            "{provider}에서 본인의 주소인지 확인해 주지 않았습니다. 그곳에서 주소를 확인한 다음 다시 로그인하세요."
        )
    },
    domain_title: |domain| format!("{domain} 주소로는 로그인할 수 없습니다"),
    domain: |provider| {
        format!(
            "{provider}에서는 일부 이메일 도메인만 허용됩니다. 다른 계정을 사용하거나 관리자에게 이 도메인의 허용을 요청하세요."
        )
    },
    group_title: "허용된 그룹에 속해 있지 않습니다",
    group: |provider| {
        format!(
            "{provider}에서는 특정 그룹의 구성원만 로그인할 수 있습니다. 어떤 그룹이 필요한지 관리자에게 문의하세요."
        )
    },
    groups_missing_title: |provider| format!("{provider}에서 소속 그룹을 알려 주지 않았습니다"),
    groups_missing: |claim| {
        html! {
            "일부 그룹의 구성원만 로그인할 수 있습니다. 그룹은 클레임 " code { (claim) }
            "에 있어야 합니다. 이 내용을 SSO 담당자에게 전달하세요."
        }
    },
    claim_title: "이곳에 로그인할 수 없습니다",
    claim: |provider, claim| {
        html! {
            (provider) "에서 보낸 클레임 " code { (claim) } "의 값이 이곳의 조건과 다릅니다. 누가 로그인할 수 있는지 관리자에게 문의하세요."
        }
    },
    not_provisioned_title: "아직 계정이 없습니다",
    not_provisioned: |provider| {
        format!(
            "{provider}에서 본인은 확인되었지만, 이미 계정이 있는 사람만 이 방법으로 로그인할 수 있습니다. 관리자에게 계정을 요청하세요."
        )
    },
    collision_title: "다른 계정에서 사용 중인 이메일 주소입니다",
    collision: |provider| {
        format!(
            "같은 이메일 주소의 계정이 이미 있습니다. 본인의 계정이라면 비밀번호로 로그인한 다음 내 계정 페이지에서 {provider}을(를) 연결하거나 관리자에게 문의하세요. 만들어지거나 변경된 것은 없습니다."
        )
    },
    superuser_collision: |provider| {
        format!(
            "같은 이메일 주소의 계정이 이미 있으며, 이메일로는 연결되지 않는 계정입니다. 본인의 계정이라면 비밀번호로 로그인한 다음 내 계정 페이지에서 {provider}을(를) 연결하거나 관리자에게 문의하세요. 만들어지거나 변경된 것은 없습니다."
        )
    },
    taken_title: "다른 계정에 연결된 ID입니다",
    taken: |provider| {
        format!(
            "{provider}의 이 ID는 여기에서 다른 계정으로 로그인합니다. 그곳에서 다른 ID로 로그인하거나, 먼저 그 계정에서 연결을 해제하세요."
        )
    },
    second_title: |provider| format!("{provider}은(는) 이미 계정에 연결되어 있습니다"),
    second: |provider| {
        format!("한 계정에는 {provider}의 ID를 하나만 연결할 수 있습니다. 먼저 지금의 연결을 해제하세요.")
    },
    elsewhere_title: "다른 세션에서 시작된 작업입니다",
    elsewhere: "ID 연결은 시작한 세션에서만 마칠 수 있습니다. 내 계정 페이지에서 다시 시작하세요.",
    barred_title: "차단된 ID입니다",
    barred: |provider| {
        format!("관리자가 계정을 삭제하고 {provider}의 이 ID로 다시 로그인하지 못하도록 차단했습니다.")
    },
};

pub(super) const SIGNUP: Signup = Signup {
    title: "계정 신청",
    reviewed: "신청은 관리자가 검토합니다.",
    staff: |organisation| format!("{organisation} 임직원이라면"),
    use_sso: "SSO로 로그인하세요",
    email_hint: "이 주소로도 로그인할 수 있습니다.",
    username_hint: "로그인 ID입니다. 비워 두면 이름으로 만듭니다.",
    reason_hint: "프로젝트나 담당자를 적어 주시면 검토가 빨라집니다.",
    submit: "신청서 보내기",
    have_account: "이미 계정이 있으신가요?",
    received_title: "신청이 접수되었습니다",
    sent: |at| html! { (at) " " (at.minute()) " UTC에 보냄" },
    applied: "신청",
    done: " (완료)",
    applied_as: |email| format!("{email} 주소로 신청했습니다."),
    applied_plain: "신청서가 도착했습니다.",
    confirm_title: "이메일 주소를 확인하세요",
    confirm_step: "이메일 주소 확인",
    confirm: "곧 도착할 메일의 링크를 하루 안에 여세요. 스팸함도 확인하세요.",
    confirmed_title: "이메일 주소를 확인했습니다",
    confirmed_step: "이메일 주소 확인",
    confirmed: "신청서가 전달되었습니다.",
    approved: "더 검토할 필요 없이 승인되었습니다.",
    active_title: "계정이 준비되었습니다",
    sign_in_now: "정하신 비밀번호로 로그인하세요.",
    review_title: "관리자 검토",
    review: "더 하실 일은 없습니다.",
    sign_in_title: "로그인",
    sign_in: "정하신 비밀번호로 로그인하세요. 승인을 기다리는 동안에는 로그인 페이지에 그 상태가 표시됩니다.",
    not_yours: "본인의 주소가 아닌가요?",
    apply_again: "다시 신청",
    disabled_title: "가입 신청을 받지 않습니다",
    disabled: "여기에서는 계정을 신청할 수 없습니다. 계정이 필요하면 관리자에게 문의하세요.",
    no_superuser_title: "아직 가입 신청을 받지 않습니다",
    no_superuser: "신청을 승인할 활성 슈퍼유저가 없습니다. 게이트웨이 설정이 끝난 뒤에 다시 시도하세요.",
    too_many_title: "신청이 너무 많습니다",
    too_many: "짧은 시간에 많은 신청이 들어왔습니다. 신청서는 전송되지 않았습니다. 나중에 다시 시도하세요.",
};

pub(super) const SETUP: Setup = Setup {
    title: "첫 슈퍼유저 설정",
    lead: "이 계정은 다른 사람의 승인을 포함해 모든 작업을 할 수 있습니다.",
    username_hint: "로그인 ID입니다.",
    submit: "슈퍼유저 만들기",
    done_title: "첫 슈퍼유저가 준비되었습니다",
    done: |username| html! { strong { (username) } " 이름과 정하신 비밀번호로 로그인하세요. 설정 링크는 더 이상 사용할 수 없습니다." },
    already_title: "이미 설정이 끝났습니다",
    already: "슈퍼유저가 이미 만들어졌으므로 이 링크는 더 이상 사용할 수 없습니다. 그 계정으로 로그인하세요.",
    invalid_title: "사용할 수 없는 설정 링크입니다",
    invalid: "이 게이트웨이가 시작할 때 출력한 링크가 아닙니다. 출력된 링크 전체를 복사해서 다시 여세요.",
};
