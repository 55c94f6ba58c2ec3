use maud::html;

use crate::messages::{Delete, Edit, Refusals};
use crate::when::count;

pub(super) const EDIT: Edit = Edit {
    crumb: "편집",
    title: |name| format!("{name} 편집"),
    meta_registered: |at| html! { (at) " 등록" },
    profile: "프로필",
    managed: |provider| {
        format!("{provider}에서 관리합니다. 그곳에서 변경한 내용은 다음 로그인 때 반영됩니다.")
    },
    access: "접근",
    tier_hint: "슈퍼유저는 다른 사람을 슈퍼유저로 지정하는 것을 포함해 모든 작업을 할 수 있습니다. 한두 명이면 충분합니다.",
    tier_fixed: "슈퍼유저만 변경할 수 있습니다.",
    inactive_strong: |n| match n {
        0 => "비활성으로 바꾸면 로그인이 차단됩니다.".to_owned(),
        _ => format!("비활성으로 바꾸면 로그인이 차단되고 세션 {}개가 바로 종료됩니다.", count(n)),
    },
    inactive_rest: "데이터는 보관되며 언제든지 다시 활성화할 수 있습니다.",
    superuser_strong: "슈퍼유저는 가장 높은 권한입니다.",
    superuser_rest: "가능한 한 적은 사람에게만 부여하세요. 이 변경은 감사 로그에 기록됩니다.",
    waits_title: "승인을 기다리는 계정입니다",
    waits: "활성화하면 바로 로그인할 수 있습니다. 신청을 삭제하면 신청자가 다시 신청해야 합니다.",
    activate: "활성화",
    no_identities: "없음. 비밀번호로 로그인하는 사용자입니다.",
    sessions: "활성 세션",
    session_count: |n| match n {
        0 => "로그인된 곳이 없습니다.".to_owned(),
        _ => format!("활성 세션 {}개", count(n)),
    },
    end_sessions: "모든 세션 종료",
    locked: |at, failures| {
        html! {
            "로그인 실패 " (count(failures)) "회로 " (at) " " (at.minute()) " UTC까지 잠겨 있습니다."
        }
    },
    locked_text: "이 사용자가 전에 로그인한 브라우저에는 영향이 없습니다.",
    unlock: "잠금 해제",
    change_password: "비밀번호 변경",
    or_type: "또는 직접 입력",
    password_hint: "새 비밀번호는 다른 경로로 전달하세요. 저장하면 이 사용자의 세션이 종료됩니다.",
    new_password: "새 비밀번호",
    delete_user: "사용자 삭제",
    delete_application: "신청 삭제",
    save: "변경 사항 저장",
    conflict_title: |by| match by {
        Some(by) => format!("편집하는 동안 {by} 님이 이 사용자를 변경했습니다"),
        None => "편집하는 동안 다른 관리자가 이 사용자를 변경했습니다".to_owned(),
    },
    conflict: "입력한 내용은 저장되지 않았지만 아래 양식에 남아 있습니다. 확인한 다음 다시 저장하세요.",
    conflict_caption: "두 내용이 다른 곳",
    field: "항목",
    theirs: "현재 저장된 값",
    yours: "입력한 값",
    roles: "역할",
    permissions: "직접 권한",
    expires: "만료일",
    expires_hint: "이날이 시작될 때(UTC) 접근이 끝납니다.",
    given: |from| format!("여기에서 회수할 수 없습니다: {from}"),
    permissions_hint: "이 사용자에게만 적용되는 예외입니다. 거부한 권한은 역할과 관계없이 거부되지만, 슈퍼유저는 그래도 모든 권한을 가집니다.",
    permissions_count: |granted, denied| match (granted, denied) {
        (0, 0) => "없음".to_owned(),
        (_, 0) => format!("허용 {granted}개"),
        (0, _) => format!("거부 {denied}개"),
        _ => format!("허용 {granted}개, 거부 {denied}개"),
    },
    inherit: "역할에 따름",
    grant: "허용",
    deny: "거부",
    must_change: "다음 로그인 때 새 비밀번호 요구",
    look: "보기",
    look_only: "이 사용자를 볼 수만 있고 변경할 수는 없습니다.",
    history: "변경 기록",
};

pub(super) const DELETE: Delete = Delete {
    crumb: "삭제",
    title: |user| format!("{user} 님을 삭제할까요?"),
    better_title: "대개는 비활성화가 더 낫습니다",
    better: "로그인을 차단하면서 사용자의 데이터를 보관하고, 되돌릴 수 있습니다.",
    permanently: |n| {
        html! {
            "삭제하면 계정과 연결된 ID, 세션 " (count(n)) "개가 " strong { "영구히" } " 제거됩니다. "
            strong { "되돌릴 수 없습니다." }
        }
    },
    kept: "감사 로그의 기록은 남습니다. 게이트웨이 뒤의 애플리케이션에는 자체 데이터가 남을 수 있습니다.",
    bar: |provider| format!("{provider}의 이 ID 차단"),
    bar_hint: |provider| {
        format!(
            "차단하지 않으면 다음에 {provider}(으)로 로그인할 때 비어 있는 새 계정이 만들어질 수 있습니다."
        )
    },
    confirm: |user| html! { "확인하려면 " strong { (user) } " 입력" },
    deactivate: "대신 비활성화",
    delete: "사용자 삭제",
    reject_crumb: "신청 거절",
    reject_title: "이 신청을 거절하고 삭제할까요?",
    reject: "신청이 제거됩니다. 신청자는 가입 신청서를 다시 작성해야 합니다.",
    applied: |at| html! { (at) " 신청" },
    message: "신청자에게 보낼 메시지",
    message_hint: "결정과 함께 메일로 보내고 신청 기록에 남깁니다.",
    block: |email| format!("{email} 주소의 새 신청 차단"),
    block_hint: "새 신청을 알리지 않고 버립니다. 처리된 신청 화면에서 차단을 해제할 수 있습니다.",
    reject_button: "신청 삭제",
    reject_many_title: |n| format!("신청 {n}건을 거절하고 삭제할까요?"),
    reject_many: "다음 신청이 제거됩니다. 신청자는 가입 신청서를 다시 작성해야 합니다.",
    reject_many_button: |n| format!("신청 {n}건 삭제"),
};

pub(super) const REFUSALS: Refusals = Refusals {
    title: "변경된 것이 없습니다",
    last_superuser_own: "마지막 활성 슈퍼유저입니다. 먼저 다른 사용자를 슈퍼유저로 지정하세요.",
    last_superuser: |user| {
        format!(
            "{user} 님은 마지막 활성 슈퍼유저입니다. 먼저 다른 사용자를 슈퍼유저로 지정하지 않으면 아무도 이 화면을 열 수 없게 됩니다."
        )
    },
    own_change: "본인 계정은 다른 관리자가 변경해야 합니다. 비밀번호는 내 계정에서 바꿀 수 있습니다.",
    may_more: |user| {
        format!("{user} 님은 관리 화면에서 더 많은 권한을 가지고 있어 이 계정을 변경할 수 없습니다.")
    },
    superuser_only: |user| format!("{user} 님은 슈퍼유저이며, 슈퍼유저는 슈퍼유저만 변경할 수 있습니다."),
    own_account: "본인의 계정은 삭제할 수 없습니다. 다른 슈퍼유저에게 요청하세요.",
    gone: "더 이상 존재하지 않는 사용자입니다. 그사이에 다른 관리자가 계정을 삭제했습니다.",
    only_way_in: |user| {
        format!(
            "이 ID는 {user}의 유일한 로그인 수단입니다. 먼저 비밀번호를 설정하거나, 대신 계정을 비활성화하세요."
        )
    },
    wrong_state: |user| {
        format!("그사이에 {user} 님의 계정이 변경되어 이 작업을 할 수 없습니다. 현재 상태를 확인하세요.")
    },
    back: "돌아가기",
};
